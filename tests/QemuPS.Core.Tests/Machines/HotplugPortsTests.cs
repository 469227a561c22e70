using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class HotplugPortsTests
{
    private static readonly VmDefinition Q35 = new()
    {
        Name = "dev",
        MachineType = "q35",
        HotplugPortCount = 2,
        Drives =
        [
            new VmDrive { Id = "disk0", Hotpluggable = true },
            new VmDrive { Id = "disk1" },
            new VmDrive { Id = "disk2", Bus = VmDiskBus.VirtioScsi, Hotpluggable = true },
        ],
        NetworkAdapters = [new VmNetworkAdapter { Id = "net0", MacAddress = "52:54:00:00:00:01", Hotpluggable = true }],
    };

    [Fact]
    public void There_are_spare_ports_and_one_for_each_PCI_device_that_may_go() =>
        Assert.Equal(["hotplug0", "hotplug1", "port-disk0", "port-net0"], HotplugPorts.Build(Q35).Select(port => port["id"]!.GetValue<string>()));

    [Fact]
    public void Each_port_has_a_chassis_of_its_own()
    {
        var many = Q35 with { HotplugPortCount = 60, Drives = [.. Enumerable.Range(0, 30).Select(number => new VmDrive { Id = $"disk{number}", Hotpluggable = true })] };
        var numbers = HotplugPorts.Build(many).Select(port => port["chassis"]!.GetValue<int>()).ToList();

        Assert.Equal(91, numbers.Count);
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        // A chassis is a byte (hw/pci-bridge/pcie_root_port.c).
        Assert.All(numbers, number => Assert.InRange(number, 1, 255));
    }

    [Fact]
    public void A_device_finds_its_port_and_others_have_none()
    {
        Assert.Equal("port-disk0", HotplugPorts.PortOf(Q35, "disk0"));
        Assert.Equal("port-net0", HotplugPorts.PortOf(Q35, "net0"));
        Assert.Null(HotplugPorts.PortOf(Q35, "disk1"));
        Assert.Null(HotplugPorts.PortOf(Q35, "disk2"));
    }

    [Fact]
    public void A_pc_has_none_for_its_bus_takes_devices_itself()
    {
        var pc = Q35 with { MachineType = "pc" };

        Assert.Empty(HotplugPorts.Build(pc));
        Assert.Null(HotplugPorts.PortOf(pc, "disk0"));
    }

    [Theory]
    [InlineData("hotplug0", true)]
    [InlineData("port-disk0", true)]
    [InlineData("hostpci0", false)]
    [InlineData("disk0", false)]
    public void Ports_are_known_by_their_names(string id, bool isPort) => Assert.Equal(isPort, HotplugPorts.IsPort(id));
}
