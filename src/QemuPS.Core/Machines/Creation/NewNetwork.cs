namespace QemuPS.Machines;

/// <summary>How a new machine is connected; null stands for what it has already, or the usual.</summary>
public sealed record NewNetwork
{
    /// <summary>The kind of network.</summary>
    public VmNetwork? Network { get; init; }

    /// <summary>QEMU's device model.</summary>
    public string? Model { get; init; }

    /// <summary>The guest's network in CIDR form.</summary>
    public string? NetworkAddress { get; init; }

    /// <summary>The first address that DHCP gives out.</summary>
    public string? DhcpStart { get; init; }

    /// <summary>Ports of the host that lead into the guest.</summary>
    public IReadOnlyList<VmPortForward>? PortForwards { get; init; }

    /// <summary>The definition with this network on its first adapter.</summary>
    public VmDefinition ApplyTo(VmDefinition definition)
    {
        if (Network == VmNetwork.None) return definition with { NetworkAdapters = [] };
        var first = definition.NetworkAdapters.Count > 0 ? definition.NetworkAdapters[0] : new VmNetworkAdapter { Id = "net0", MacAddress = MacAddress.New() };
        var changed = first with
        {
            Model = Model ?? first.Model,
            NetworkAddress = NetworkAddress ?? first.NetworkAddress,
            DhcpStart = DhcpStart ?? first.DhcpStart,
            PortForwards = PortForwards ?? first.PortForwards,
        };
        return definition with { NetworkAdapters = [changed, .. definition.NetworkAdapters.Skip(1)] };
    }
}
