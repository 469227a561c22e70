namespace QemuPS.Machines;

/// <summary>How a new machine is connected; null stands for what it has already, or the usual.</summary>
public sealed record NewNetwork
{
    /// <summary>The kind of network; without it, a bridge or a tap device that is named says it.</summary>
    public VmNetwork? Network { get; init; }

    /// <summary>The guest of a user-mode network reaches nothing but what is forwarded to it.</summary>
    public bool? Restricted { get; init; }

    /// <summary>QEMU's device model.</summary>
    public string? Model { get; init; }

    /// <summary>The host's bridge.</summary>
    public string? Bridge { get; init; }

    /// <summary>The host's tap device.</summary>
    public string? TapName { get; init; }

    /// <summary>This side's socket of a cable between machines.</summary>
    public string? LocalEndpoint { get; init; }

    /// <summary>The other side's socket.</summary>
    public string? RemoteEndpoint { get; init; }

    /// <summary>The guest's network in CIDR form.</summary>
    public string? NetworkAddress { get; init; }

    /// <summary>The first address that DHCP gives out.</summary>
    public string? DhcpStart { get; init; }

    /// <summary>Ports of the host that lead into the guest.</summary>
    public IReadOnlyList<VmPortForward>? PortForwards { get; init; }

    private bool IsCableGiven => LocalEndpoint is not null || RemoteEndpoint is not null;

    /// <summary>The definition with this network on its first adapter.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/>: something is missing, or belongs to another kind of network.</exception>
    public VmDefinition ApplyTo(VmDefinition definition)
    {
        var first = definition.NetworkAdapters.Count > 0 ? definition.NetworkAdapters[0] : new VmNetworkAdapter { Id = "net0", MacAddress = MacAddress.New(), Network = VmNetwork.User };
        var kind = Network ?? (Bridge is not null ? VmNetwork.Bridge : TapName is not null ? VmNetwork.Tap : first.Network);
        RejectForeign(kind);
        foreach (var endpoint in new[] { LocalEndpoint, RemoteEndpoint }.OfType<string>()) VmEndpoint.Parse(endpoint);
        if (kind == VmNetwork.None) return definition with { NetworkAdapters = [] };

        var changed = Connect(kind == first.Network ? first : Unplugged(first) with { Network = kind });
        if (NetworkRules.FindFault(definition with { NetworkAdapters = [changed] }) is { } fault) throw Invalid($"The network is not complete: {fault}.", kind);
        return definition with { NetworkAdapters = [changed, .. definition.NetworkAdapters.Skip(1)] };
    }

    private VmNetworkAdapter Connect(VmNetworkAdapter adapter) => adapter with
    {
        Model = Model ?? adapter.Model,
        Bridge = Bridge ?? adapter.Bridge,
        TapName = TapName ?? adapter.TapName,
        // A cable that is told of is told of whole: a stream has one end of the two.
        LocalEndpoint = IsCableGiven ? LocalEndpoint : adapter.LocalEndpoint,
        RemoteEndpoint = IsCableGiven ? RemoteEndpoint : adapter.RemoteEndpoint,
        Restricted = Restricted ?? adapter.Restricted,
        NetworkAddress = NetworkAddress ?? adapter.NetworkAddress,
        DhcpStart = DhcpStart ?? adapter.DhcpStart,
        PortForwards = PortForwards ?? adapter.PortForwards,
    };

    // What one kind of network knows means nothing to another.
    private static VmNetworkAdapter Unplugged(VmNetworkAdapter adapter) => adapter with
    {
        Bridge = null,
        TapName = null,
        LocalEndpoint = null,
        RemoteEndpoint = null,
        Restricted = false,
        NetworkAddress = null,
        DhcpStart = null,
        PortForwards = [],
    };

    private void RejectForeign(VmNetwork kind)
    {
        (string Name, bool IsGiven, VmNetwork[] Kinds)[] options =
        [
            ("Bridge", Bridge is not null, [VmNetwork.Bridge]),
            ("TapName", TapName is not null, [VmNetwork.Tap]),
            ("LocalEndpoint", LocalEndpoint is not null, [VmNetwork.Stream, VmNetwork.Dgram]),
            ("RemoteEndpoint", RemoteEndpoint is not null, [VmNetwork.Stream, VmNetwork.Dgram]),
            ("Restricted", Restricted is true, [VmNetwork.User]),
            ("NetworkAddress", NetworkAddress is not null, [VmNetwork.User]),
            ("DhcpStart", DhcpStart is not null, [VmNetwork.User]),
            ("PortForward", PortForwards is not null, [VmNetwork.User]),
        ];
        if (options.FirstOrDefault(option => option.IsGiven && !option.Kinds.Contains(kind)) is { Name: { } name, Kinds: { } kinds })
        {
            throw Invalid($"-{name} belongs to a network of the kind {string.Join(" or ", kinds)}, and this one is {kind}.", kinds[0]);
        }
    }

    private static QemuException Invalid(string message, VmNetwork kind) => new(ErrorId.InvalidOption, message, kind switch
    {
        VmNetwork.Bridge => "-Network Bridge -Bridge br0",
        VmNetwork.Tap => "-Network Tap -TapName tap0",
        VmNetwork.Stream => "-Network Stream -LocalEndpoint /tmp/cable.sock on one machine, -Network Stream -RemoteEndpoint /tmp/cable.sock on the other",
        VmNetwork.Dgram => "-Network Dgram -RemoteEndpoint 230.0.0.1:1234 for any number of machines, -Network Dgram -LocalEndpoint 127.0.0.1:5001 -RemoteEndpoint 127.0.0.1:5002 for two",
        _ => "-Network User -PortForward 2222:22",
    });
}
