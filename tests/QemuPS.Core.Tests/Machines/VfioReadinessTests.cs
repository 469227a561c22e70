using QemuPS.Devices.Mdev;
using QemuPS.Machines;
using QemuPS.Processes;
using QemuPS.Tests.Devices;
using QemuPS.Tests.Devices.Mdev;
using QemuPS.Tests.Devices.Pci;

namespace QemuPS.Tests.Machines;

/// <summary>What keeps a machine from having a device is found before QEMU is started, with the command that helps.</summary>
public sealed class VfioReadinessTests
{
    private const string Port = "0000:00:01.0";
    private static readonly VmPciDevice Gpu = new() { Id = "gpu", Name = "Card", Address = "0000:01:00.0", DeviceId = "10de:25a0" };

    [Fact]
    public void A_device_of_a_viable_group_whose_node_may_be_opened_has_no_obstacle()
    {
        using var host = Host("vfio-pci", null);

        Assert.Null(Obstacle(host));
    }

    [Fact]
    public void A_group_that_is_not_viable_is_told_with_the_sibling_and_its_driver()
    {
        using var host = Host("vfio-pci", "snd_hda_intel");

        var obstacle = Obstacle(host)!;

        Assert.Equal(ErrorId.IommuGroupNotViable, obstacle.Id);
        Assert.Contains("0000:01:00.1", obstacle.Message);
        Assert.Contains("(snd_hda_intel)", obstacle.Message);
        Assert.DoesNotContain("pcieport", obstacle.Message);
        Assert.Contains("Get-IommuGroup 2 | Set-PciDriver -Driver vfio-pci", obstacle.RecommendedAction);
    }

    [Fact]
    public void A_device_that_the_host_drives_is_told_with_its_driver()
    {
        using var host = Host("nouveau", null);

        Assert.Equal(ErrorId.PciDeviceNotBound, Obstacle(host)!.Id);
        Assert.Contains("nouveau", Obstacle(host)!.Message);
    }

    [Fact]
    public void A_device_that_did_not_come_back_from_a_reset_is_told()
    {
        using var host = Host("vfio-pci", null).Add($"{PciHost.Folder("0000:01:00.0", [Port])}/config", [.. Enumerable.Repeat((byte)0xff, 64)]);

        Assert.Equal(ErrorId.PciDeviceDead, Obstacle(host)!.Id);
    }

    [Fact]
    public void Another_card_at_the_same_address_is_not_given_away()
    {
        using var host = Host("vfio-pci", null);

        var obstacle = new VfioReadiness(host.Root).FindObstacle(Gpu with { DeviceId = "10de:2204" })!;

        Assert.Equal(ErrorId.PciDeviceNotFound, obstacle.Id);
        Assert.Contains("addresses move", obstacle.Message);
    }

    [Fact]
    public void A_node_that_is_missing_and_a_host_without_IOMMU_are_told_apart()
    {
        using var host = Host("vfio-pci", null);
        File.Delete(host.Root.Folder + "/dev/vfio/2");
        using var off = new RecordedHost().AddPci("0000:01:00.0", id: "10de:25a0:0000:0000", driver: "vfio-pci");

        Assert.Equal(ErrorId.VfioAccessDenied, Obstacle(host)!.Id);
        Assert.Equal(ErrorId.IommuGroupNotFound, Obstacle(off)!.Id);
    }

    [Fact]
    public void A_device_that_another_machine_has_now_is_told_with_its_QEMU()
    {
        using var host = Host("vfio-pci", null).Link("/proc/41/fd/8", "/dev/vfio/2").Add("/proc/41/comm", "qemu-system-x86\n");

        Assert.Contains("qemu-system-x86 (pid 41)", Obstacle(host)!.Message);
    }

    [Fact]
    public async Task A_mediated_device_has_to_exist_and_a_defined_one_is_told_how_to_be_made()
    {
        using var host = new MdevHost();
        var uuid = Guid.NewGuid();
        var entry = new VmPciDevice { Id = "mdev", Uuid = uuid };
        var change = new MdevChange(host.Host.Root, host.Kernel);
        var made = await change.CreateAsync(MdevTypes.Read(host.Host.Root)[0], uuid, persist: true, autoStart: false, CancellationToken.None);
        host.Host.Add("/dev/vfio/40", "").Add("/sys/kernel/iommu_groups/40/type", "");

        Assert.Null(new VfioReadiness(host.Host.Root).FindObstacle(entry));
        await change.RemoveAsync(made, persist: false, CancellationToken.None);
        Assert.Contains("mdevctl start", new VfioReadiness(host.Host.Root).FindObstacle(entry)!.RecommendedAction);
        Assert.Equal(ErrorId.MdevDeviceNotFound, new VfioReadiness(host.Host.Root).FindObstacle(entry with { Uuid = Guid.NewGuid() })!.Id);
    }

    [Fact]
    public void A_virtual_function_with_a_vendors_type_is_given_away_by_the_vendors_driver()
    {
        var folder = PciHost.Folder("0000:41:00.4");
        using var host = new RecordedHost().AddPci("0000:41:00.0", code: 0x030200).AddPci("0000:41:00.4", code: 0x030200, id: "10de:25a0:0000:0000", driver: "nvidia", group: 9)
            .Link($"{folder}/physfn", "../0000:41:00.0").Add($"{folder}/nvidia/current_vgpu_type", "1414\n").Add($"{folder}/nvidia/creatable_vgpu_types", "").Add("/dev/vfio/9", "");

        Assert.Null(new VfioReadiness(host.Root).FindObstacle(Gpu with { Address = "0000:41:00.4" }));
    }

    [Theory]
    [InlineData(8UL << 20, false)]
    [InlineData(2UL << 30, false)]
    [InlineData(3UL << 30, true)]
    [InlineData(ulong.MaxValue, true)]
    public void The_guests_memory_and_a_gigabyte_have_to_be_lockable(ulong limit, bool enough)
    {
        var definition = new VmDefinition { Name = "dev", MemoryStartupBytes = 2UL << 30 };

        var failure = Record.Exception(() => VfioReadiness.RequireMemory(definition, limit)) as QemuException;

        Assert.Equal(enough, failure is null);
        if (enough) return;
        Assert.Equal(ErrorId.MemoryLockLimit, failure!.Id);
        Assert.Contains($"{Environment.UserName} hard memlock 3145728", failure.RecommendedAction);
        Assert.Contains("/etc/security/limits.d/", failure.RecommendedAction);
    }

    [Fact]
    public void The_limit_is_raised_for_what_is_started_and_comes_back()
    {
        var before = Soft();

        using (MemoryLockLimit.RaiseForChildren())
        using (MemoryLockLimit.RaiseForChildren())
        {
            Assert.Equal(MemoryLockLimit.Hard, Soft());
            using var child = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "ulimit -l"]) { RedirectStandardOutput = true })!;
            var told = child.StandardOutput.ReadToEnd().Trim();
            Assert.Equal(MemoryLockLimit.Hard == ulong.MaxValue ? "unlimited" : $"{MemoryLockLimit.Hard / 1024}", told);
        }

        Assert.Equal(before, Soft());
    }

    [Fact]
    public void The_limit_of_a_running_process_is_raised_to_its_hard_limit()
    {
        using var child = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "ulimit -S -l 64; echo ready; read line"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        Assert.Equal("ready", child.StandardOutput.ReadLine());

        var raised = MemoryLockLimit.Raise(child.Id);

        var limits = File.ReadLines($"/proc/{child.Id}/limits").Single(line => line.StartsWith("Max locked memory", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        child.StandardInput.WriteLine();
        child.WaitForExit();
        Assert.Equal(limits[4], limits[3]);
        Assert.Equal(MemoryLockLimit.Hard, raised);
    }

    private static ulong Soft()
    {
        var line = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max locked memory", StringComparison.Ordinal));
        var soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return soft == "unlimited" ? ulong.MaxValue : ulong.Parse(soft);
    }

    private static QemuException? Obstacle(RecordedHost host) => new VfioReadiness(host.Root).FindObstacle(Gpu);

    private static RecordedHost Host(string gpu, string? audio) => new RecordedHost().AddPci(Port, code: 0x060400, group: 2, driver: "pcieport")
        .AddPci("0000:01:00.0", [Port], code: 0x030000, id: "10de:25a0:0000:0000", group: 2, driver: gpu).AddPci("0000:01:00.1", [Port], code: 0x040300, id: "10de:2291:0000:0000", group: 2, driver: audio)
        .Add("/dev/vfio/2", "");
}
