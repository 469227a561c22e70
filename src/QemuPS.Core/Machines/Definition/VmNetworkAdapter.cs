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

    /// <summary>What it is connected to.</summary>
    public VmNetwork Network { get; init; }

    /// <summary>The host's bridge, for <see cref="VmNetwork.Bridge"/>.</summary>
    public string? Bridge { get; init; }

    /// <summary>The host's tap device, for <see cref="VmNetwork.Tap"/>.</summary>
    public string? TapName { get; init; }

    /// <summary>This side's socket for <see cref="VmNetwork.Stream"/> (it listens) and <see cref="VmNetwork.Dgram"/> (<see cref="VmEndpoint"/>).</summary>
    public string? LocalEndpoint { get; init; }

    /// <summary>The other side's socket for <see cref="VmNetwork.Stream"/> (it is connected to) and <see cref="VmNetwork.Dgram"/>; a multicast group for many machines.</summary>
    public string? RemoteEndpoint { get; init; }

    /// <summary>The guest of a user-mode network reaches nothing but what is forwarded to it.</summary>
    public bool Restricted { get; init; }

    /// <summary>The link; down is a cable that is pulled out.</summary>
    public VmLinkState LinkState { get; init; }

    /// <summary>Where QEMU writes what goes over the wire, as a pcap file; null for nowhere.</summary>
    public string? CapturePath { get; init; }

    /// <summary>On a machine with PCI Express, it sits on a port of its own and can be taken out while the machine runs.</summary>
    public bool Hotpluggable { get; init; }

    /// <summary>
    /// Where it was plugged in while the machine ran: a spare PCIe port (<c>hotplug0</c>), or a slot of the one bus of a <c>pc</c> (<c>31</c>). It stays
    /// there, for a guest names its interfaces by such places, and a saved state is only for a machine that is built the same. null for the usual place.
    /// </summary>
    public string? Port { get; init; }

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
