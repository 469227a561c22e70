namespace QemuPS;

/// <summary>A state of a disk image, or of a machine, that can be gone back to.</summary>
public sealed record QemuSnapshot
{
    /// <summary>The name it was given.</summary>
    public required string Name { get; init; }

    /// <summary>The name once more, as cmdlets that take machines ask for it.</summary>
    public string SnapshotName => Name;

    /// <summary>QEMU's id of it: a number inside of an image.</summary>
    public string? Id { get; init; }

    /// <summary>What it is for, in the words of who took it.</summary>
    public string? Description { get; init; }

    /// <summary>The machine it is of; null for one of a bare image.</summary>
    public string? VmName { get; init; }

    /// <summary>When it was taken, in local time.</summary>
    public DateTime CreationTime { get; init; }

    /// <summary>What it takes to hold the machine's memory and devices, in bytes; 0 for one of disks alone.</summary>
    public ulong VmStateSizeBytes { get; init; }

    /// <summary>The snapshot that the machine went on from; null for the first, and inside of a bare image, where it is not recorded.</summary>
    public string? Parent { get; init; }

    /// <summary>The snapshots that were taken of what went on from this one.</summary>
    public IReadOnlyList<string> Children { get; init; } = [];

    /// <summary>How many snapshots it went on from.</summary>
    public int Depth { get; init; }

    /// <summary>The machine goes on from this one; null where it is not recorded.</summary>
    public bool? IsCurrent { get; init; }

    /// <summary>The guest's file systems were at rest; null where it is not recorded.</summary>
    public bool? IsQuiesced { get; init; }

    /// <summary>Where it is kept.</summary>
    public QemuSnapshotKind Kind { get; init; }

    /// <summary>The images it is of.</summary>
    public IReadOnlyList<string> DiskPaths { get; init; } = [];

    /// <summary>The image it is inside of, for a snapshot of a bare image; null for a machine's.</summary>
    public string? DiskPath => VmName is null && DiskPaths.Count == 1 ? DiskPaths[0] : null;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Where a snapshot is kept.</summary>
public enum QemuSnapshotKind
{
    /// <summary>Inside of the image (qcow2).</summary>
    Internal,
    /// <summary>The image is left as it is, and an overlay takes what is written from then on.</summary>
    External,
}
