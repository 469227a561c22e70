using FsCheck.Xunit;
using QemuPS.Devices;
using QemuPS.Devices.Pci;

namespace QemuPS.Tests.Devices.Pci;

public sealed class PciDevicesTests
{
    [Theory]
    [InlineData("0000:01:00.0", "0000:01:00.0")]
    [InlineData("01:00.0", "0000:01:00.0")]
    [InlineData("10000:E1:1f.7", "10000:e1:1f.7")]
    [InlineData("deadbeef:ff:00.1", "deadbeef:ff:00.1")]
    [InlineData("0000:01:20.0", null)]
    [InlineData("0000:01:00.8", null)]
    [InlineData("0:01:00.0", null)]
    [InlineData("0000:01:00", null)]
    [InlineData("pci0000:00", null)]
    [InlineData("0000:00:1c.0:pcie001", null)]
    [InlineData("", null)]
    public void An_address_has_domain_bus_device_and_function(string text, string? expected) =>
        Assert.Equal(expected, PciAddress.Parse(text)?.ToString());

    [Fact]
    public void Devices_come_in_the_order_of_their_numbers_with_domains_above_ffff_last()
    {
        using var host = new RecordedHost().AddPci("10000:e1:00.0").AddPci("0000:a0:00.0").AddPci("0000:0a:00.0").AddPci("fffff:00:00.0").AddPci("0001:00:00.0");

        Assert.Equal(["0000:0a:00.0", "0000:a0:00.0", "0001:00:00.0", "10000:e1:00.0", "fffff:00:00.0"], PciDevices.Read(host.Root).Select(device => device.Address));
        Assert.Equal("10000:e1:00.0", PciDevices.Find(host.Root, "10000:E1:00.0")?.Address);
        Assert.Equal("0000:0a:00.0", PciDevices.Find(host.Root, "0a:00.0")?.Address);
    }

    [Fact]
    public void A_card_with_64_virtual_functions_tells_which_are_its_own()
    {
        using var host = Card();

        var devices = PciDevices.Read(host.Root);

        Assert.Equal(65, devices.Count);
        Assert.Equal((64, 128, null), (devices[0].VirtualFunctionCount, devices[0].VirtualFunctionMaximum, devices[0].PhysicalFunction));
        Assert.All(devices.Skip(1), function => Assert.Equal(("0000:3b:00.0", null), (function.PhysicalFunction, function.VirtualFunctionCount)));
    }

    [Fact]
    public void A_device_that_goes_while_the_bus_is_read_is_left_out()
    {
        using var host = new RecordedHost().AddPci("0000:00:02.0").AddPci("0000:00:03.0").Link("/sys/bus/pci/devices/0000:00:04.0", "../../../devices/pci0000:00/0000:00:04.0");
        Directory.Delete(host.Root.Folder + PciHost.Folder("0000:00:03.0"), recursive: true);

        Assert.Equal("0000:00:02.0", Assert.Single(PciDevices.Read(host.Root)).Address);
    }

    [Fact]
    public void Attributes_that_may_not_be_read_or_make_no_sense_are_left_out_and_the_device_is_shown()
    {
        using var host = new RecordedHost().AddPci("0000:00:02.0", files: [("numa_node", "many"), ("sriov_totalvfs", "-1"), ("revision", "0xzz")]);
        var folder = host.Root.Folder + PciHost.Folder("0000:00:02.0");
        File.Delete($"{folder}/uevent");
        foreach (var name in new[] { "subsystem_vendor", "driver_override", "config" }) File.Delete($"{folder}/{name}");
        Directory.CreateDirectory($"{folder}/driver_override");

        var device = Assert.Single(PciDevices.Read(host.Root));

        Assert.Equal((null, null, null, null), (device.NumaNode, device.VirtualFunctionMaximum, device.Revision, device.SubsystemId));
        Assert.Equal(("8086", null), (device.VendorId, device.DriverOverride));
    }

    [Theory]
    [InlineData("reset_method", "flr bus", "flr bus")]
    [InlineData("reset_method", "", "")]
    [InlineData("reset", "", "default")]
    [InlineData("label", "x", "")]
    public void Reset_methods_are_the_kernels(string file, string content, string expected)
    {
        using var host = new RecordedHost().AddPci("0000:00:02.0", files: (file, content));

        Assert.Equal(expected, string.Join(' ', PciDevices.Read(host.Root)[0].ResetMethods));
    }

    [Fact]
    public void Drivers_that_could_bind_come_from_the_aliases_of_the_running_kernel()
    {
        using var host = new RecordedHost().AddPci("0000:00:02.0", code: 0x0c0330, id: "8086:51ed:17aa:22e7").AddPci("0000:00:03.0", id: "8086:1572:8086:0001").AddPci("0000:00:04.0", id: "1af4:1041:1af4:1041")
            .Add("/proc/sys/kernel/osrelease", "6.1.0\n")
            .Add("/lib/modules/6.1.0/modules.alias", """
                # Aliases extracted from modules themselves.
                alias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci
                alias pci:v00008086d00001572sv*sd*bc*sc*i* i40e
                alias pci:v00008086d00001572sv00008086sd00000001bc*sc*i* i40e
                alias pci:v00008086d00001572sv0000DEADsd*bc*sc*i* other
                alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
                alias usb:v046Dp*d*dc*dsc*dp*ic*isc*ip*in* usbthing
                alias pci:broken broken

                """)
            .Add("/lib/modules/6.1.0/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\n")
            .Add("/lib/modules/6.1.0/modules.builtin.modinfo", "virtio_pci.license=GPL\0virtio_pci.alias=pci:v00001AF4d*sv*sd*bc*sc*i*\0")
            .Add("/sys/module/xhci_pci/drivers/pci:xhci_hcd/uevent", "");

        Assert.Equal(["xhci_hcd vfio-pci", "i40e vfio-pci", "virtio_pci vfio-pci"], PciDevices.Read(host.Root).Select(device => string.Join(' ', device.AvailableDrivers)));
    }

    [Fact]
    public void The_tree_has_each_bridge_once_above_what_is_behind_it()
    {
        using var host = new RecordedHost().AddPci("0000:00:01.0", code: 0x060400).AddPci("0000:05:00.0", ["0000:00:01.0"], code: 0x060400).AddPci("0000:06:00.0", ["0000:00:01.0", "0000:05:00.0"]).AddPci("0000:00:02.0");

        var tree = PciTree.WithBridges(PciDevices.Read(host.Root), ["0000:06:00.0", "0000:00:02.0"]);

        Assert.Equal(["0000:00:01.0", "0000:05:00.0", "0000:06:00.0", "0000:00:02.0"], tree.Select(device => device.Address));
    }

    [Property(MaxTest = 300)]
    public void What_makes_no_sense_causes_no_exception(string text, byte[] bytes)
    {
        var anything = text ?? "";

        _ = PciAddress.Parse(anything);
        _ = PciAddress.Nearest($"/sys/{anything}/0000:{anything}");
        _ = PciIdentity.Parse(bytes ?? []);
        _ = DefaultRoutes.Version4($"h\n{anything}").Concat(DefaultRoutes.Version6(anything)).Count();
        var aliases = new ModuleAliases();
        aliases.AddLines($"alias pci:{anything}\nalias pci:v*{anything} m");
        aliases.AddBuiltIn(anything + "\0m.alias=pci:" + anything);
        var config = new PciConfigSpace([.. bytes ?? [], .. new byte[64]]);
        _ = (config.AccessControl, config.PortType, config.IsDead);
    }

    private static RecordedHost Card()
    {
        var host = new RecordedHost().AddPci("0000:3b:00.0", driver: "i40e", files: [("sriov_totalvfs", "128"), ("sriov_numvfs", "64")]);
        for (var number = 0; number < 64; number++)
        {
            var address = $"0000:3b:{2 + (number / 8):x2}.{number % 8}";
            host.AddPci(address, id: "8086:154c:8086:0000", group: number).Link($"{PciHost.Folder(address)}/physfn", "../0000:3b:00.0").Link($"{PciHost.Folder("0000:3b:00.0")}/virtfn{number}", $"../{address}");
        }

        return host;
    }
}
