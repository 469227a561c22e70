namespace QemuPS;

/// <summary>A PCI device of the host, or a mediated device, that was given to a machine.</summary>
public sealed record VmPciPassthrough
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The device's name in the machine.</summary>
    public required string Id { get; init; }

    /// <summary>The PCI device's address on the host; null for a mediated device.</summary>
    public string? Address { get; init; }

    /// <summary>The mediated device's UUID; null for a PCI device.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>The device; null where it is not there, or is a mediated one.</summary>
    public PciDevice? Device { get; init; }

    /// <summary>The mediated device; null where it does not exist, or is a PCI device.</summary>
    public MdevDevice? MdevDevice { get; init; }

    /// <summary>How it stands.</summary>
    public required VmPassthroughState State { get; init; }

    /// <summary>Why it stands as it does, or what keeps the machine from starting with it; null where there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>It is in the machine's definition.</summary>
    public required bool Persisted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Address ?? Uuid?.ToString()} in '{VmName}'";
}
