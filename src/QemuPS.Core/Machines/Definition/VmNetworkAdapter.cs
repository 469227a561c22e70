using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>A network adapter of a machine.</summary>
public sealed record VmNetworkAdapter
{
    /// <summary>The adapter's name, unique in the machine: <c>net0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>QEMU's device model.</summary>
    public string Model { get; init; } = "virtio-net-pci";

    /// <summary>The hardware address.</summary>
    public required string MacAddress { get; init; }

    /// <summary>The guest's network in CIDR form; null for QEMU's own, 10.0.2.0/24.</summary>
    public string? NetworkAddress { get; init; }

    /// <summary>The first address that DHCP gives out; null for the 15th of the network.</summary>
    public string? DhcpStart { get; init; }

    /// <summary>Ports of the host that lead into the guest.</summary>
    public IReadOnlyList<VmPortForward> PortForwards { get; init; } = [];

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Model} {MacAddress}";
}
