namespace QemuPS;

/// <summary>A disk image file, described as <c>qemu-img info</c> does.</summary>
public sealed record QemuDisk
{
    /// <summary>The image file's full path.</summary>
    public required string Path { get; init; }

    /// <summary>QEMU's name of the format: <c>qcow2</c>, <c>raw</c>, <c>vmdk</c>, ...</summary>
    public required string Format { get; init; }

    /// <summary>The size of the disk that a guest sees, in bytes.</summary>
    public required ulong SizeBytes { get; init; }

    /// <summary>The space the file takes on the host, in bytes.</summary>
    public required ulong FileSizeBytes { get; init; }

    /// <summary>The image this one is an overlay of, as a full path; null where there is none.</summary>
    public string? BackingPath { get; init; }

    /// <summary>The format of the backing image.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>
    /// The backing image is not a file in this image's folder or below it. A header can name any file of the host:
    /// look before you use an image that came from elsewhere.
    /// </summary>
    public bool BackingOutsideFolder { get; init; }

    /// <summary>The backing images from this one's own down to the last, with <c>-BackingChain</c>.</summary>
    public IReadOnlyList<QemuDisk> Chain { get; init; } = [];

    /// <summary>The names of the snapshots inside the image.</summary>
    public IReadOnlyList<string> Snapshots { get; init; } = [];

    /// <summary>The unit of allocation in bytes; null where the format has none.</summary>
    public ulong? ClusterSizeBytes { get; init; }

    /// <summary>qcow2: the oldest QEMU that can read it (<c>0.10</c> is version 2 of the format, <c>1.1</c> version 3).</summary>
    public string? Compat { get; init; }

    /// <summary>qcow2: clusters are divided into 32 subclusters.</summary>
    public bool? ExtendedL2 { get; init; }

    /// <summary>qcow2: how compressed clusters are packed, <c>zlib</c> or <c>zstd</c>.</summary>
    public string? CompressionType { get; init; }

    /// <summary>qcow2: reference counts may be written late, and are repaired after a crash.</summary>
    public bool? LazyRefcounts { get; init; }

    /// <summary>qcow2: the width of a reference count, in bits.</summary>
    public int? RefcountBits { get; init; }

    /// <summary>The image was not closed cleanly.</summary>
    public bool IsDirty { get; init; }

    /// <summary>The image is marked as corrupt.</summary>
    public bool IsCorrupt { get; init; }

    /// <summary>The image's data is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>A process has the image open under QEMU's locks.</summary>
    public bool InUse => LockedBy is not null;

    /// <summary>Who has it open; null where nobody has.</summary>
    public DiskHolder? LockedBy { get; init; }

    /// <summary>The object that <c>qemu-img info --output=json</c> prints of the image.</summary>
    public IReadOnlyDictionary<string, object?> Raw { get; init; } = JsonValue.Empty;

    /// <inheritdoc/>
    public override string ToString() => Path;
}

/// <summary>A process that has an image open.</summary>
/// <param name="Name">The machine's name where it is a QEMU with a name, else the program's; null where the kernel does not show it to this user.</param>
/// <param name="ProcessId">Its process id; null where the kernel does not show it to this user.</param>
/// <param name="Writes">It may write to the image; otherwise it only reads.</param>
public sealed record DiskHolder(string? Name, int? ProcessId, bool Writes)
{
    /// <inheritdoc/>
    public override string ToString() => ProcessId is null ? "a process of another user" : $"{Name} (pid {ProcessId})";
}
