using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>What is asked for when a drive is added to a machine.</summary>
public sealed record DriveAddition
{
    /// <summary>The image's full path; null for a CD drive without a disc.</summary>
    public string? Path { get; init; }

    /// <summary>A CD drive.</summary>
    public bool IsCdrom { get; init; }

    /// <summary>How the guest sees it; null for what suits the machine.</summary>
    public VmDiskBus? Bus { get; init; }

    /// <summary>The guest may not write.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The serial number the guest sees.</summary>
    public string? Serial { get; init; }

    /// <summary>The drive's own place in the boot order.</summary>
    public int? BootIndex { get; init; }

    /// <summary>How the host's page cache is used.</summary>
    public VmDiskCache? Cache { get; init; }

    /// <summary>What a guest's TRIM does.</summary>
    public VmDiskDiscard? Discard { get; init; }

    /// <summary>What happens when the host cannot write.</summary>
    public VmDiskErrorAction? WriteError { get; init; }

    /// <summary>The running QEMU gets it now.</summary>
    public required bool Live { get; init; }

    /// <summary>The definition gets it, for every start from now on.</summary>
    public required bool Persist { get; init; }

    /// <summary>The drive as a definition has it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.MediumNotFound"/>, <see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.InvalidOption"/></exception>
    internal async Task<VmDrive> ToDriveAsync(string id, bool isPc, IFeedback feedback, CancellationToken cancellation) => new()
    {
        Id = id,
        Kind = IsCdrom ? VmDriveKind.CdRom : VmDriveKind.Disk,
        Path = Path,
        Format = IsCdrom ? "raw" : await FormatAsync(feedback, cancellation).ConfigureAwait(false),
        Bus = ChooseBus(isPc),
        ReadOnly = ReadOnly || IsCdrom,
        Serial = Serial,
        BootIndex = BootIndex,
        Cache = Cache,
        Discard = Discard,
        WriteError = WriteError,
        Hotpluggable = !IsCdrom && ChooseBus(isPc) is VmDiskBus.VirtioBlk or VmDiskBus.Nvme,
    };

    // While a machine runs, IDE and SATA take nothing: what comes then sits on a bus that does, and stays there.
    private VmDiskBus ChooseBus(bool isPc) => (Bus, IsCdrom, Live) switch
    {
        ({ } bus, _, _) => bus,
        (_, true, true) => VmDiskBus.VirtioScsi,
        (_, true, false) => VmDiskBus.Ide,
        (_, false, false) when isPc => VmDiskBus.Ide,
        _ => VmDiskBus.VirtioBlk,
    };

    private async Task<string> FormatAsync(IFeedback feedback, CancellationToken cancellation)
    {
        var path = Path ?? throw new QemuException(ErrorId.InvalidOption, "A disk needs an image.", "Use -DiskPath, or -Bus Cdrom for a CD drive without a disc.");
        var disk = await DiskReader.ReadAsync(path, null, feedback, cancellation).ConfigureAwait(false);
        if (disk.IsEncrypted) throw new QemuException(ErrorId.NotSupported, $"'{path}' is encrypted; a machine cannot be given its passphrase yet.");
        return disk.Format;
    }
}
