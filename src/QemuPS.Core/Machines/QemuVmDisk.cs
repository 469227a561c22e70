namespace QemuPS;

/// <summary>What is in a drive.</summary>
public enum QemuVmMedium
{
    /// <summary>A disk, which cannot be changed.</summary>
    Fixed,
    /// <summary>A disc.</summary>
    Inserted,
    /// <summary>No disc.</summary>
    Empty,
    /// <summary>The tray is open.</summary>
    TrayOpen,
}

/// <summary>How a drive of a machine stands.</summary>
public enum QemuVmDiskStatus
{
    /// <summary>The machine gets it at its next start.</summary>
    Defined,
    /// <summary>The running machine has it.</summary>
    Attached,
    /// <summary>The running machine has it, and its image has grown beyond the mark it was to be warned at.</summary>
    NearlyFull,
    /// <summary>The guest was stopped, or heard of it: there is no room on the host's file system.</summary>
    NoSpace,
    /// <summary>The host could not read or write the image.</summary>
    Failed,
    /// <summary>The guest was asked to let go of it and has not answered.</summary>
    PendingGuest,
    /// <summary>The guest has let go of it, QEMU still holds the image: removing it again completes that.</summary>
    Unplugged,
}

/// <summary>A disk or a CD drive of a machine, as the definition and the running QEMU have it.</summary>
public sealed record QemuVmDisk
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The drive's name in the machine.</summary>
    public required string Id { get; init; }

    /// <summary>QEMU's block node that the device has now; null where the machine does not run or the drive is empty.</summary>
    public string? NodeName { get; init; }

    /// <summary>How the guest sees it.</summary>
    public required VmDiskBus Bus { get; init; }

    /// <summary>The image's full path; null for a CD drive without a disc.</summary>
    public string? DiskPath { get; init; }

    /// <summary>The image's format by QEMU's name.</summary>
    public string? Format { get; init; }

    /// <summary>What the guest sees of it, in bytes; null where there is nothing or it cannot be read.</summary>
    public ulong? SizeBytes { get; init; }

    /// <summary>How long the image's file is, in bytes.</summary>
    public ulong? FileSizeBytes { get; init; }

    /// <summary>It is a CD drive.</summary>
    public required bool IsCdrom { get; init; }

    /// <summary>What is in it.</summary>
    public required QemuVmMedium Medium { get; init; }

    /// <summary>The guest has locked the tray.</summary>
    public bool IsLocked { get; init; }

    /// <summary>The guest may not write.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The serial number the guest sees; null for QEMU's own.</summary>
    public string? Serial { get; init; }

    /// <summary>The drive's own place in the boot order; null where the machine's boot order decides.</summary>
    public int? BootIndex { get; init; }

    /// <summary>How the host's page cache is used; null for QEMU's own choice.</summary>
    public VmDiskCache? Cache { get; init; }

    /// <summary>What a guest's TRIM does; null for QEMU's own choice.</summary>
    public VmDiskDiscard? Discard { get; init; }

    /// <summary>The most operations a second; null for no limit.</summary>
    public ulong? MaximumIops { get; init; }

    /// <summary>The most bytes a second; null for no limit.</summary>
    public ulong? MaximumBytesPerSecond { get; init; }

    /// <summary>Watch-QemuVm tells when the image's file has grown to so many hundredths of the disk; null for never.</summary>
    public int? WarnAtPercent { get; init; }

    /// <summary>How it stands.</summary>
    public required QemuVmDiskStatus Status { get; init; }

    /// <summary>It is in the machine's definition.</summary>
    public required bool Persisted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{VmName}/{Id}";
}
