namespace QemuPS;

/// <summary>What a machine used between two looks at it.</summary>
/// <remarks>What cannot be told is null, never 0: the disks of a QEMU that does not answer, the network of a machine that has no TAP adapter.</remarks>
public sealed record QemuVmMeasurement
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>When the span ended.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>How long the span really was.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The processor time QEMU used, in percent of the machine's virtual processors; more than 100 when it does more than run the guest.</summary>
    public required double CPUUsage { get; init; }

    /// <summary>How much of QEMU, the guest's memory included, is in the host's memory.</summary>
    public required ulong ResidentBytes { get; init; }

    /// <summary>What the guest read from its drives.</summary>
    public ulong? DiskReadBytesPerSecond { get; init; }

    /// <summary>What the guest wrote to its drives.</summary>
    public ulong? DiskWriteBytesPerSecond { get; init; }

    /// <summary>What came in to the guest through its TAP adapters. QEMU's user-mode network counts nothing.</summary>
    public ulong? NetRxBytesPerSecond { get; init; }

    /// <summary>What the guest sent through its TAP adapters.</summary>
    public ulong? NetTxBytesPerSecond { get; init; }

    /// <summary>Reads, writes, flushes and discards that failed since QEMU started.</summary>
    public ulong? BlockErrors { get; init; }
}
