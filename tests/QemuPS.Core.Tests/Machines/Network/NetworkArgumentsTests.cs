using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Network;

public sealed class NetworkArgumentsTests
{
    private static readonly VmNetworkAdapter Adapter = new() { Id = "net1", MacAddress = "52:54:00:00:00:01", Hotpluggable = true };

    [Theory]
    [InlineData("q35", null, "port-net1", null)]
    [InlineData("q35", "hotplug1", "hotplug1", null)]
    // A port that there is not any more, and a slot from when the machine was a pc.
    [InlineData("q35", "hotplug7", "port-net1", null)]
    [InlineData("q35", "31", "port-net1", null)]
    [InlineData("pc", null, null, null)]
    [InlineData("pc", "31", null, "0x1f")]
    [InlineData("pc", "hotplug1", null, null)]
    public void An_adapter_stays_where_it_was_plugged_in_as_far_as_there_is_such_a_place(string machineType, string? port, string? bus, string? slot)
    {
        var definition = new VmDefinition { Name = "dev", MachineType = machineType, HotplugPortCount = 2, NetworkAdapters = [Adapter with { Port = port }] };

        var device = Json(NetworkArguments.Build(definition), "-device");
        var ports = HotplugPorts.Build(definition).Select(each => (string?)each["id"]).ToList();

        Assert.Equal(bus, Text(device, "bus"));
        Assert.Equal(slot, Text(device, "addr"));
        if (bus is not null) Assert.Contains(bus, ports);
        Assert.Equal(bus == "port-net1", ports.Contains("port-net1"));
    }

    [Fact]
    public void A_capture_is_a_filter_at_the_adapters_network()
    {
        var arguments = NetworkArguments.Build(new VmDefinition { Name = "dev", NetworkAdapters = [Adapter with { CapturePath = "/we,ird.pcap" }] });

        var filter = Json(arguments, "-object");
        Assert.Equal(("filter-dump", "net1", "/we,ird.pcap"), (Text(filter, "qom-type"), Text(filter, "netdev"), Text(filter, "file")));
    }

    [Fact]
    public void What_QEMU_says_of_its_networks_is_read()
    {
        var found = LiveAdapter.Parse(
            "net0-adapter: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n"
            + " \\ net0: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
            + "filters:\r\n"
            + "  - net0-capture: type=filter-dump,file=/tmp/a,maxlen=3.pcap,maxlen=65536,position=tail,status=on,insert=behind,netdev=net0,queue=all\r\n"
            + "lan-adapter: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57\r\n"
            + " \\ lan: index=0,type=stream,unix:/tmp/l.sock\r\n"
            + "lan-adapter: index=1,type=nic,model=e1000,macaddr=52:54:00:12:34:57\r\n"
            + " \\ lan: index=1,type=stream,unix:/tmp/l.sock\r\n"
            + "n1: index=0,type=stream,connection error\r\n"
            + "foreign.0: index=0,type=nic,model=rtl8139,macaddr=52:54:00:12:34:58\r\n"
            + " \\ own: index=0,type=vhost-vdpa,\r\n"
            + "hub 0\r\n"
            + " \\ hub0port1: #net123: index=0,type=user,net=10.0.2.0,restrict=off\r\n");

        Assert.Equal(["net0", "lan", "n1", "own"], found.Select(adapter => adapter.Id));
        Assert.Equal(("virtio-net-pci", "52:54:00:12:34:56", VmNetwork.User, "/tmp/a,maxlen=3.pcap"), (found[0].Model, found[0].MacAddress, found[0].Network, found[0].CapturePath));
        Assert.Equal([true, true, false, true], found.Select(adapter => adapter.IsPlugged));
        Assert.Equal([true, true, true, false], found.Select(adapter => adapter.IsOwn));
        Assert.Equal(("connection error", VmNetwork.Stream), (found[2].Connection, found[2].Network));
        Assert.Null(found[3].Network);
    }

    [Theory]
    [InlineData("0000000000000000: 00000002 00000000 00010000 0001 01 12345 /tmp/a b.sock", true)]
    [InlineData("0000000000000000: 00000002 00000000 00000000 0002 01 12345 /tmp/a b.sock", true)]
    // Somebody who is connected, and another path.
    [InlineData("0000000000000000: 00000003 00000000 00000000 0001 03 12345 /tmp/a b.sock", false)]
    [InlineData("0000000000000000: 00000002 00000000 00010000 0001 01 12345 /tmp/a", false)]
    [InlineData("0000000000000000: 00000002 00000000 00010000 0001 01 12345", false)]
    public void A_socket_that_somebody_takes_streams_or_datagrams_at_is_told_from_others(string line, bool listens) =>
        Assert.Equal(listens, QemuPS.Processes.UnixSockets.IsListener(line, "/tmp/a b.sock"));

    private static JsonElement Json(IReadOnlyList<string> arguments, string option) => JsonDocument.Parse(arguments[arguments.ToList().IndexOf(option) + 1]).RootElement;

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
