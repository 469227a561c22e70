namespace QemuPS.Machines;

/// <summary>A snapshot of a machine as its document has it: what QEMU itself does not keep.</summary>
internal sealed record SnapshotRecord
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The snapshot that the machine went on from when this one was taken.</summary>
    public string? Parent { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public QemuSnapshotKind Kind { get; init; }

    /// <summary>The guest's file systems were frozen while it was taken.</summary>
    public bool IsQuiesced { get; init; }

    /// <summary>The images it is of, for an external one those that were left as they were.</summary>
    public required IReadOnlyList<SnapshotImage> Images { get; init; }

    /// <summary>The machine that its memory is of; null where it has none.</summary>
    public MachineBuild? Build { get; init; }
}

/// <summary>An image of a machine: one of its disks, or its firmware's variables.</summary>
/// <param name="Drive">The drive's id, or <see cref="Firmware"/>.</param>
/// <param name="Path">The image's full path.</param>
/// <param name="Format">Its format by QEMU's name.</param>
/// <param name="OverlayPath">What took its place when an external snapshot was taken.</param>
internal sealed record SnapshotImage(string Drive, string Path, string Format, string? OverlayPath = null)
{
    /// <summary>The name that stands for the firmware's variables: their block node's.</summary>
    public const string Firmware = "firmware-vars";
}

/// <summary>What was begun and has not been seen to end.</summary>
internal enum SnapshotWork
{
    Create,
    Restore,
    Remove,
}

/// <summary>Work that is under way, or was when its process ended.</summary>
/// <param name="Work">What is done.</param>
/// <param name="Snapshot">With which snapshot.</param>
internal sealed record PendingSnapshot(SnapshotWork Work, SnapshotRecord Snapshot);
