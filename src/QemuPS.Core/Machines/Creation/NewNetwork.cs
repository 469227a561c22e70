namespace QemuPS.Machines;

/// <summary>How a new machine is connected; null stands for what it has already, or the usual.</summary>
public sealed record NewNetwork
{
    /// <summary>The kind of network.</summary>
    public VmNetwork? Network { get; init; }

    /// <summary>The host's bridge; stands for a network of that kind.</summary>
    public string? Bridge { get; init; }

    /// <summary>The host's tap device; stands for a network of that kind.</summary>
    public string? TapName { get; init; }

    /// <summary>This side's socket of a stream or datagram network (<see cref="VmEndpoint"/>).</summary>
    public string? LocalEndpoint { get; init; }

    /// <summary>The other side's socket of a stream or datagram network.</summary>
    public string? RemoteEndpoint { get; init; }

    /// <summary>The guest of a user-mode network reaches nothing but what is forwarded to it.</summary>
    public bool? Restricted { get; init; }

    /// <summary>QEMU's device model.</summary>
    public string? Model { get; init; }

    /// <summary>The guest's network in CIDR form.</summary>
    public string? NetworkAddress { get; init; }

    /// <summary>The first address that DHCP gives out.</summary>
    public string? DhcpStart { get; init; }

    /// <summary>Ports of the host that lead into the guest.</summary>
    public IReadOnlyList<VmPortForward>? PortForwards { get; init; }

    private VmNetwork? Kind => Network ?? (Bridge is not null ? VmNetwork.Bridge : TapName is not null ? VmNetwork.Tap : null);

    /// <summary>The definition with this network on its first adapter.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/> for an endpoint that is none.</exception>
    public VmDefinition ApplyTo(VmDefinition definition)
    {
        foreach (var endpoint in new[] { LocalEndpoint, RemoteEndpoint }.OfType<string>()) VmEndpoint.Parse(endpoint);
        if (Network == VmNetwork.None) return definition with { NetworkAdapters = [] };
        var first = definition.NetworkAdapters.Count > 0 ? definition.NetworkAdapters[0] : new VmNetworkAdapter { Id = "net0", MacAddress = MacAddress.New() };
        var changed = first with
        {
            Network = Kind ?? first.Network,
            Bridge = Kind is null ? first.Bridge : Bridge,
            TapName = Kind is null ? first.TapName : TapName,
            LocalEndpoint = Kind is null ? first.LocalEndpoint : LocalEndpoint,
            RemoteEndpoint = Kind is null ? first.RemoteEndpoint : RemoteEndpoint,
            Restricted = Restricted ?? first.Restricted,
            Model = Model ?? first.Model,
            NetworkAddress = NetworkAddress ?? first.NetworkAddress,
            DhcpStart = DhcpStart ?? first.DhcpStart,
            PortForwards = PortForwards ?? first.PortForwards,
        };
        return definition with { NetworkAdapters = [changed, .. definition.NetworkAdapters.Skip(1)] };
    }
}
