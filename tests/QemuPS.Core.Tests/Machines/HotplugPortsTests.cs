using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

/// <summary>A q35 machine has ports for what comes later, and one for each device that may go.</summary>
public sealed class HotplugPortsTests
{
    private static readonly VmDefinition Machine = new()
    {
        Name = "dev",
        MachineType = "q35",
        HotplugPortCount = 2,
        Drives =
        [
            new() { Id = "disk0", Path = "/a", Bus = VmDiskBus.VirtioBlk },
            new() { Id = "disk1", Path = "/b", Bus = VmDiskBus.VirtioBlk, Hotpluggable = true },
            new() { Id = "disk2", Path = "/c", Bus = VmDiskBus.VirtioScsi, Hotpluggable = true },
        ],
        NetworkAdapters = [new() { Id = "net0", MacAddress = "52:54:00:00:00:01", Hotpluggable = true }],
    };

    [Fact]
    public void Spare_ones_come_first_and_each_device_of_PCI_that_may_go_has_its_own() =>
        Assert.Equal(["hotplug0", "hotplug1", "port-disk1", "port-net0"], HotplugPorts.Build(Machine).Select(port => (string?)port["id"]));

    [Fact]
    public void No_two_have_a_chassis_and_slot_in_common()
    {
        var places = HotplugPorts.Build(Machine).Select(port => ((int?)port["chassis"], (int?)port["slot"])).ToList();

        Assert.Equal(places, places.Distinct());
    }

    [Fact]
    public void A_spare_port_more_moves_none_of_the_devices_own() =>
        Assert.Equal(Own(Machine), Own(Machine with { HotplugPortCount = 5 }));

    [Fact]
    public void A_device_that_stays_has_no_port_nor_has_one_of_another_bus()
    {
        Assert.Equal("port-disk1", HotplugPorts.PortOf(Machine, "disk1"));
        Assert.Null(HotplugPorts.PortOf(Machine, "disk0"));
        Assert.Null(HotplugPorts.PortOf(Machine, "disk2"));
    }

    [Fact]
    public void A_pc_needs_none()
    {
        Assert.Empty(HotplugPorts.Build(Machine with { MachineType = "pc" }));
        Assert.Null(HotplugPorts.PortOf(Machine with { MachineType = "pc" }, "disk1"));
    }

    [Theory]
    [InlineData("hotplug0", true)]
    [InlineData("port-disk1", true)]
    [InlineData("disk1", false)]
    public void They_are_known_by_their_names(string id, bool isPort) => Assert.Equal(isPort, HotplugPorts.IsPort(id));

    private static IEnumerable<string> Own(VmDefinition definition) => HotplugPorts.Build(definition).Select(port => port.ToJsonString()).Where(port => port.Contains("port-", StringComparison.Ordinal) && !port.Contains("hotplug", StringComparison.Ordinal));
}
