using System.Buffers.Binary;
using QemuPS.Devices.Iommu;
using QemuPS.Devices.Pci;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>Isolated, viable, blocked, and why devices are together: by the kernel's rules and by the bytes of the configuration spaces.</summary>
public sealed class GroupReasonTests
{
    private const string Port = "0000:00:01.0";

    [Theory]
    [InlineData("nouveau", "snd_hda_intel", false, "0000:01:00.0 0000:01:00.1")]
    [InlineData("vfio-pci", "snd_hda_intel", false, "0000:01:00.1")]
    [InlineData("vfio-pci", null, true, "")]
    [InlineData("vfio-pci", "pci-stub", true, "")]
    [InlineData("nvgrace_gpu_vfio_pci", "vfio-pci", true, "")]
    [InlineData(null, null, true, "")]
    public void A_group_is_viable_when_no_driver_of_the_host_has_a_device_and_bridges_do_not_matter(string? gpu, string? audio, bool viable, string blocking)
    {
        using var host = Gpu(gpu, audio);

        var group = Assert.Single(IommuGroups.Read(host.Root));

        Assert.Equal((viable, blocking), (group.IsViable, string.Join(' ', group.BlockingDevices.Select(device => device.Address))));
        Assert.True(group.IsIsolated);
    }

    [Fact]
    public void A_group_with_another_device_is_not_isolated_and_a_device_of_a_system_on_a_chip_blocks_it()
    {
        using var host = new RecordedHost().AddPci("0000:02:00.0", group: 1).AddPci("0000:03:00.0", group: 1).AddPci("0000:04:00.0", group: 2).AddPci("0000:00:1c.0", code: 0x060400, group: 3, driver: "pcieport")
            .Link("/sys/kernel/iommu_groups/2/devices/ab.dma", "../../../../devices/platform/ab.dma").Link("/sys/devices/platform/ab.dma/driver", "../../bus/platform/drivers/dma");

        var groups = IommuGroups.Read(host.Root).ToList();

        Assert.Equal([false, false, true], groups.Select(group => group.IsIsolated));
        Assert.Equal((false, "ab.dma"), (groups[1].IsViable, Assert.Single(groups[1].OtherBlockingDevices)));
    }

    [Theory]
    [InlineData(null, "The root port 0000:00:01.0 PCI bridge 8086:460d has no ACS")]
    [InlineData(0x0000, "has ACS, and the kernel has not turned it on fully")]
    [InlineData(0x001d, "has ACS and it is on: a bridge above it")]
    public void The_bridge_that_merges_a_group_is_named_with_its_ACS(int? control, string expected)
    {
        using var host = Gpu("nouveau", null).Add($"{PciHost.Folder(Port)}/config", Config(0x060400, PciPortType.RootPort, control));

        Assert.Contains(expected, Reason(host));
        Assert.DoesNotContain("acs_override", Reason(host));
        Assert.EndsWith("It is not viable: 0000:01:00.0 has the driver nouveau.", Reason(host));
    }

    [Theory]
    [InlineData(64, "can be read by root only")]
    [InlineData(256, "can be read by root only")]
    public void An_ordinary_user_is_told_that_root_sees_more(int length, string expected)
    {
        using var host = Gpu("nouveau", null).Add($"{PciHost.Folder(Port)}/config", Config(0x060400, PciPortType.RootPort, 0)[..length]);

        Assert.Contains(expected, Reason(host));
    }

    [Fact]
    public void A_bridge_to_conventional_PCI_makes_one_device_of_all_that_is_behind_it()
    {
        using var host = Gpu("nouveau", null).Add($"{PciHost.Folder(Port)}/config", Config(0x060400, PciPortType.BridgeToPci, 0x1d));

        Assert.Contains("is a bridge to conventional PCI", Reason(host));
    }

    [Fact]
    public void Functions_of_one_device_without_ACS_are_the_reason_where_no_bridge_is()
    {
        using var host = new RecordedHost().AddPci("0000:00:1f.0", code: 0x060100, group: 1).AddPci("0000:00:1f.3", code: 0x040300, group: 1);
        foreach (var function in "03") host.Add($"{PciHost.Folder($"0000:00:1f.{function}")}/config", Config(0x040300, PciPortType.RootComplexEndpoint, null));

        Assert.Contains("0000:00:1f.0, 0000:00:1f.3 are functions of one device, some without ACS", Reason(host));
    }

    [Fact]
    public void What_the_host_uses_the_group_for_is_said()
    {
        using var host = Gpu("nouveau", null).Add($"{PciHost.Folder("0000:01:00.0", [Port])}/boot_vga", "1\n");

        Assert.EndsWith("The host uses 0000:01:00.0 for the boot display.", Reason(host));
    }

    // Which flags count depends on which the port can have; lspci says what is in the bytes.
    [Theory]
    [InlineData(nameof(PciPortType.RootPort), 0x001d, 0x001d)]
    [InlineData(nameof(PciPortType.RootPort), 0x005f, 0x001d)]
    [InlineData(nameof(PciPortType.DownstreamPort), 0x001f, 0x0019)]
    [InlineData(nameof(PciPortType.DownstreamPort), 0x0005, 0x0005)]
    [InlineData(nameof(PciPortType.Endpoint), 0x0000, 0x0000)]
    public void Capabilities_are_read_from_the_bytes_as_lspci_reads_them(string name, int able, int on)
    {
        if (!Lspci.IsHere) return;
        var type = Enum.Parse<PciPortType>(name);
        var bytes = Config(type is PciPortType.Endpoint ? 0x020000 : 0x060400, type, on, able);
        using var host = new RecordedHost().AddPci(Port, code: type is PciPortType.Endpoint ? 0x020000 : 0x060400, id: "8086:460d:0000:0000").Add($"{PciHost.Folder(Port)}/config", bytes)
            .Add($"{PciHost.Folder(Port)}/resource", string.Concat(Enumerable.Repeat("0x0000000000000000 0x0000000000000000 0x0000000000000000\n", 13))).Add($"{PciHost.Folder(Port)}/irq", "0\n");
        var config = new PciConfigSpace(bytes);

        var theirs = Lspci.Run(host.Root, null, ["-vvv"]);

        var flags = theirs.Split('\n').Single(line => line.Contains("ACSCtl:", StringComparison.Ordinal));
        var names = new[] { "SrcValid", "TransBlk", "ReqRedir", "CmpltRedir", "UpstreamFwd" };
        Assert.Equal(on & 0x1f, names.Select((flag, bit) => flags.Contains(flag + "+", StringComparison.Ordinal) ? 1 << bit : 0).Sum());
        Assert.Contains(type switch { PciPortType.RootPort => "Root Port", PciPortType.DownstreamPort => "Downstream Port", _ => "Express (v2) Endpoint" }, theirs);
        Assert.Equal(type, config.PortType);
        Assert.Equal((on & 0x1d & able) == (0x1d & able) ? PciAccessControl.Enabled : PciAccessControl.Disabled, config.AccessControl);
    }

    private static string Reason(RecordedHost host) => IommuGroups.WithReason(host.Root, IommuGroups.Read(host.Root).Single()).Reason!;

    private static RecordedHost Gpu(string? gpu, string? audio) => new RecordedHost().Add("/usr/share/hwdata/pci.ids", "C 06  Bridge\n\t04  PCI bridge\n")
        .AddPci(Port, code: 0x060400, id: "8086:460d:0000:0000", group: 2, driver: "pcieport")
        .AddPci("0000:01:00.0", [Port], code: 0x030000, id: "10de:25a0:0000:0000", group: 2, driver: gpu).AddPci("0000:01:00.1", [Port], code: 0x040300, id: "10de:2291:0000:0000", group: 2, driver: audio);

    // A PCI Express capability at 40h, and at 100h another extended one before ACS.
    private static byte[] Config(int code, PciPortType type, int? control, int able = 0x1f)
    {
        var bytes = PciHost.Config(code, ["8086", "460d", "0000", "0000"], 4096);
        bytes[0x06] = 0x10;
        bytes[0x34] = 0x40;
        bytes[0x40] = 0x10;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x42), (ushort)(2 | ((int)type << 4)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(0x100), 0x0001 | (1 << 16) | (control is null ? 0 : 0x148u << 20));
        if (control is not { } on) return bytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(0x148), 0x000d | (1 << 16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x14c), (ushort)able);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(0x14e), (ushort)on);
        return bytes;
    }
}
