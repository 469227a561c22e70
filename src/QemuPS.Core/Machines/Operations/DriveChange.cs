namespace QemuPS.Machines;

/// <summary>What is to be changed of a drive; what is null stays as it is.</summary>
public sealed record DriveChange
{
    /// <summary>The full path of the disc to put in.</summary>
    public string? MediaPath { get; init; }

    /// <summary>The disc is taken out.</summary>
    public bool Eject { get; init; }

    /// <summary>The most operations a second; 0 for no limit.</summary>
    public ulong? MaximumIops { get; init; }

    /// <summary>The most bytes a second; 0 for no limit.</summary>
    public ulong? MaximumBytesPerSecond { get; init; }

    /// <summary>Warn when the image's file has grown to so many hundredths of the disk; 0 for never.</summary>
    public int? WarnAtPercent { get; init; }

    /// <summary>The drive's own place in the boot order; -1 for what the machine's boot order gives it.</summary>
    public int? BootIndex { get; init; }

    /// <summary>The tray is opened although the guest has locked it.</summary>
    public bool Force { get; init; }

    /// <summary>The running QEMU is changed now.</summary>
    public required bool Live { get; init; }

    /// <summary>The definition is changed.</summary>
    public required bool Persist { get; init; }

    /// <summary>How long a guest may take to unlock the tray.</summary>
    public required TimeSpan Timeout { get; init; }

    internal bool ChangesMedium => Eject || MediaPath is not null;

    internal bool ChangesLimits => MaximumIops is not null || MaximumBytesPerSecond is not null;

    internal VmDrive ApplyTo(VmDrive drive) => drive with
    {
        Path = Eject ? null : MediaPath ?? drive.Path,
        Format = ChangesMedium ? "raw" : drive.Format,
        MaximumIops = MaximumIops is { } iops ? Positive(iops) : drive.MaximumIops,
        MaximumBytesPerSecond = MaximumBytesPerSecond is { } bytes ? Positive(bytes) : drive.MaximumBytesPerSecond,
        WarnAtPercent = WarnAtPercent is { } percent ? (percent == 0 ? null : percent) : drive.WarnAtPercent,
        BootIndex = BootIndex is { } index ? (index < 0 ? null : index) : drive.BootIndex,
    };

    private static ulong? Positive(ulong value) => value == 0 ? null : value;
}
