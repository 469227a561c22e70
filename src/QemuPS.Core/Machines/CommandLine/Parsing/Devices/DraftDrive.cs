namespace QemuPS.Machines;

/// <summary>A drive while the command line is being read.</summary>
internal sealed record DraftDrive
{
    /// <summary>The name it was given; null for none.</summary>
    public string? Id { get; init; }

    public VmDriveKind Kind { get; init; }

    /// <summary>The image's full path; null for an empty CD drive.</summary>
    public string? Path { get; init; }

    /// <summary>The format that was named; null where QEMU would have looked.</summary>
    public string? Format { get; init; }

    public VmDiskBus Bus { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>The place among the drives of the bus.</summary>
    public int Index { get; init; }

    public int? BootIndex { get; init; }

    /// <summary>The serial number the guest sees.</summary>
    public string? Serial { get; init; }

    /// <summary>How the host's page cache is used, and so on.</summary>
    public DraftCaching Caching { get; init; } = new();

    public VmDiskErrorAction? WriteError { get; init; }

    /// <summary>Where it was given, for what is said about it.</summary>
    public ScriptPosition Position { get; init; }
}
