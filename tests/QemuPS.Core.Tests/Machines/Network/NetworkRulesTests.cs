using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Network;

public sealed class NetworkRulesTests
{
    private static readonly VmNetworkAdapter Adapter = new() { Id = "net0", MacAddress = "52:54:00:00:00:01" };

    public static TheoryData<string, VmNetworkAdapter> Good => new()
    {
        { "user", Adapter with { Restricted = true, NetworkAddress = "10.1.0.0/24", DhcpStart = "10.1.0.9", PortForwards = [new VmPortForward(2222, 22)] } },
        { "bridge", Adapter with { Network = VmNetwork.Bridge, Bridge = "br-lan.7" } },
        { "tap", Adapter with { Network = VmNetwork.Tap, TapName = "tap0" } },
        { "a stream that listens", Adapter with { Network = VmNetwork.Stream, LocalEndpoint = "/run/a b.sock" } },
        { "a stream that connects", Adapter with { Network = VmNetwork.Stream, RemoteEndpoint = "[::1]:5000" } },
        { "datagrams for two", Adapter with { Network = VmNetwork.Dgram, LocalEndpoint = "127.0.0.1:1", RemoteEndpoint = "127.0.0.1:2" } },
        { "datagrams for two, by paths", Adapter with { Network = VmNetwork.Dgram, LocalEndpoint = "/a", RemoteEndpoint = "/b" } },
        { "datagrams for many", Adapter with { Network = VmNetwork.Dgram, RemoteEndpoint = "239.255.255.255:5000" } },
    };

    public static TheoryData<string, VmNetworkAdapter> Bad => new()
    {
        { "macAddress of 'net0' is '52:54:00'", Adapter with { MacAddress = "52:54:00" } },
        { "macAddress of 'net0' is '01:00:5e:00:00:01'", Adapter with { MacAddress = "01:00:5e:00:00:01" } },
        { "macAddress of 'net0' is '00:00:00:00:00:00'", Adapter with { MacAddress = "00:00:00:00:00:00" } },
        { "macAddress of 'net0' is '52-54-00-00-00-01'", Adapter with { MacAddress = "52-54-00-00-00-01" } },
        { "connected to nothing", Adapter with { Network = VmNetwork.None } },
        { "only a user-mode network can be", Adapter with { Network = VmNetwork.Bridge, Bridge = "br0", Restricted = true } },
        { "only a user-mode network can be", Adapter with { Network = VmNetwork.Tap, TapName = "tap0", PortForwards = [new VmPortForward(0, 22)] } },
        { "names no bridge", Adapter with { Network = VmNetwork.Bridge } },
        { "names no tap device", Adapter with { Network = VmNetwork.Tap } },
        { "'br 0' of 'net0' is not a network device's name", Adapter with { Network = VmNetwork.Bridge, Bridge = "br 0" } },
        { "'../br0' of 'net0' is not a network device's name", Adapter with { Network = VmNetwork.Bridge, Bridge = "../br0" } },
        { "'..' of 'net0' is not a network device's name", Adapter with { Network = VmNetwork.Bridge, Bridge = ".." } },
        { "'sixteen-letters-' of 'net0' is not", Adapter with { Network = VmNetwork.Tap, TapName = "sixteen-letters-" } },
        { "either a localEndpoint to listen at or a remoteEndpoint", Adapter with { Network = VmNetwork.Stream } },
        { "either a localEndpoint to listen at or a remoteEndpoint", Adapter with { Network = VmNetwork.Stream, LocalEndpoint = "/a", RemoteEndpoint = "/b" } },
        { "needs a remoteEndpoint", Adapter with { Network = VmNetwork.Dgram, LocalEndpoint = "127.0.0.1:1" } },
        { "needs a localEndpoint as well", Adapter with { Network = VmNetwork.Dgram, RemoteEndpoint = "127.0.0.1:2" } },
        { "has a multicast group and a localEndpoint", Adapter with { Network = VmNetwork.Dgram, LocalEndpoint = "127.0.0.1:1", RemoteEndpoint = "224.0.0.1:2" } },
        { "one endpoint that is a path and one that is an address", Adapter with { Network = VmNetwork.Dgram, LocalEndpoint = "/a", RemoteEndpoint = "127.0.0.1:2" } },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void What_QEMU_can_do_is_no_fault(string what, VmNetworkAdapter adapter) =>
        Assert.True(NetworkRules.FindFault(Of(adapter)) is null, what);

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_cannot_be_is_told_with_the_adapters_name(string fault, VmNetworkAdapter adapter) =>
        Assert.Contains(fault, NetworkRules.FindFault(Of(Adapter with { Id = "other" }, adapter)));

    [Fact]
    public void Two_adapters_do_not_share_a_capture_or_a_place()
    {
        var other = Adapter with { Id = "net1" };

        Assert.Contains("'net0' and 'net1' both write their capture to '/a.pcap'", NetworkRules.FindFault(Of(Adapter with { CapturePath = "/a.pcap" }, other with { CapturePath = "/a.pcap" })));
        Assert.Contains("'net0' and 'net1' both sit at the port 'hotplug0'", NetworkRules.FindFault(Of(Adapter with { Port = "hotplug0" }, other with { Port = "hotplug0" })));
        Assert.Null(NetworkRules.FindFault(Of(Adapter with { CapturePath = "/a.pcap", Port = "hotplug0" }, other with { CapturePath = "/b.pcap", Port = "hotplug1" })));
    }

    [Theory]
    [InlineData("52:54:00:AB:CD:EF", "52:54:00:ab:cd:ef")]
    [InlineData("00-15-5D-01-02-03", "00:15:5d:01:02:03")]
    [InlineData("00155D010203", "00:15:5d:01:02:03")]
    [InlineData("0015.5d01.0203", "00:15:5d:01:02:03")]
    public void A_MAC_address_is_read_as_people_write_it(string text, string address) => Assert.Equal(address, MacAddress.Parse(text));

    [Theory]
    [InlineData("tea", "has not the form of one")]
    [InlineData("52540012345678", "has 7 bytes instead of 6")]
    [InlineData("53:54:00:00:00:01", "is the address of a group")]
    [InlineData("ff:ff:ff:ff:ff:ff", "is the address of a group")]
    [InlineData("000000000000", "is no adapter's")]
    public void What_is_no_MAC_address_is_refused_with_the_reason_and_one_that_is(string text, string fault)
    {
        var error = Assert.Throws<QemuException>(() => MacAddress.Parse(text));

        Assert.Equal(ErrorId.InvalidOption, error.Id);
        Assert.Contains(fault, error.Message);
        Assert.True(MacAddress.IsValid(error.RecommendedAction!.Split(' ')[^1]));
    }

    private static VmDefinition Of(params VmNetworkAdapter[] adapters) => new() { Name = "dev", NetworkAdapters = adapters };
}
