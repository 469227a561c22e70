namespace QemuPS;

/// <summary>How a network adapter of a machine stands.</summary>
public enum QemuVmNetworkAdapterStatus
{
    /// <summary>The definition has it; the machine is off, or was started before it was added.</summary>
    Defined,
    /// <summary>The running machine has it.</summary>
    Attached,
    /// <summary>The guest was asked to let go of it, and has not done so.</summary>
    PendingGuest,
    /// <summary>The guest has let go of it, and QEMU still has its network: Remove-QemuVmNetworkAdapter again takes that away.</summary>
    Unplugged,
}

/// <summary>A network adapter of a machine.</summary>
public sealed record QemuVmNetworkAdapter
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The adapter's name in the machine: <c>net0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>QEMU's device model.</summary>
    public string? Model { get; init; }

    /// <summary>The hardware address.</summary>
    public string? MacAddress { get; init; }

    /// <summary>What it is connected to; null where QEMU has a network that QemuPS knows no word for.</summary>
    public VmNetwork? Network { get; init; }

    /// <summary>The host's bridge it is on.</summary>
    public string? Bridge { get; init; }

    /// <summary>The host's tap device it has.</summary>
    public string? TapName { get; init; }

    /// <summary>This side's end of the cable of a Stream or Dgram network.</summary>
    public string? LocalEndpoint { get; init; }

    /// <summary>The other side's end of the cable.</summary>
    public string? RemoteEndpoint { get; init; }

    /// <summary>The guest reaches nothing but what is forwarded to it.</summary>
    public bool Restricted { get; init; }

    /// <summary>The cable: plugged in, or pulled out.</summary>
    public VmLinkState LinkState { get; init; }

    /// <summary>The guest's addresses on it, as its agent says; empty where no agent answers at once.</summary>
    public IReadOnlyList<string> IPAddresses { get; init; } = [];

    /// <summary>The pcap file that what goes over the wire is written to; null for none.</summary>
    public string? CapturePath { get; init; }

    /// <summary>How it stands.</summary>
    public required QemuVmNetworkAdapterStatus Status { get; init; }

    /// <summary>What QEMU says of the network's other end: the address that a cable is connected to, or that it is not.</summary>
    public string? Connection { get; init; }

    /// <summary>The definition has it.</summary>
    public bool Persisted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Model} {MacAddress}";
}
