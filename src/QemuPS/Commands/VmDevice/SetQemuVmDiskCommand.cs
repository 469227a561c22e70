using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.VmDevice;

/// <summary><c>Set-QemuVmDisk</c>: changes the disc in a CD drive, and the limits, the warning and the boot order of drives.</summary>
[Cmdlet(VerbsCommon.Set, "QemuVmDisk", DefaultParameterSetName = "Settings", SupportsShouldProcess = true)]
[OutputType(typeof(QemuVmDisk))]
public sealed class SetQemuVmDiskCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The drive's name in the machine, as Get-QemuVmDisk shows it.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DriveIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>The disc to put in, in exchange for the one that is there.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Media")]
    [Alias("IsoPath")]
    [ValidateNotNullOrEmpty]
    public string? MediaPath { get; set; }

    /// <summary>Takes the disc out.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Eject")]
    public SwitchParameter Eject { get; set; }

    /// <summary>Opens the tray although the guest has locked it.</summary>
    [Parameter(ParameterSetName = "Media")]
    [Parameter(ParameterSetName = "Eject")]
    public SwitchParameter Force { get; set; }

    /// <summary>How many seconds a guest that has locked the tray may take to open it; 5 without it.</summary>
    [Parameter(ParameterSetName = "Media")]
    [Parameter(ParameterSetName = "Eject")]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int Timeout { get; set; } = 5;

    /// <summary>The most operations a second; 0 for no limit.</summary>
    [Parameter]
    [ValidateRange(0UL, 1_000_000_000_000_000UL)]
    public ulong? MaximumIops { get; set; }

    /// <summary>The most bytes a second, as a number or text with a unit; 0 for no limit.</summary>
    [Parameter]
    [SizeTransformation]
    [ValidateRange(0UL, 1_000_000_000_000_000UL)]
    public ulong? MaximumBytesPerSecond { get; set; }

    /// <summary>Watch-QemuVm tells (BLOCK_WRITE_THRESHOLD) when the image's file has grown to so many hundredths of the disk; 0 for never.</summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int? WarnAtPercent { get; set; }

    /// <summary>Its own place in the boot order, from 0; -1 for what the machine's boot order gives it. A running guest sees it at its next reset.</summary>
    [Parameter]
    [ValidateRange(-1, int.MaxValue)]
    public int? BootIndex { get; set; }

    /// <summary>Writes the drives as they are then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Change(Named(VmName), id));
    }

    private void Change(Machine machine, string id)
    {
        var place = Place(machine, machine.Load().Drives.Any(drive => drive.Id == id));
        var change = new DriveChange
        {
            MediaPath = MediaPath is null ? null : this.FullPath(MediaPath),
            Eject = Eject,
            MaximumIops = MaximumIops,
            MaximumBytesPerSecond = MaximumBytesPerSecond,
            WarnAtPercent = WarnAtPercent,
            BootIndex = BootIndex,
            Force = Force,
            Timeout = TimeSpan.FromSeconds(Timeout),
            Live = place.Live,
            Persist = place.Persist,
        };
        if (!ShouldDo($"{Describe(change)} of the drive '{id}' in {place.Text}")) return;
        var changed = Await((_, cancellation) => MachineDriveSettings.SetAsync(machine, id, change, cancellation));
        if (PassThru) WriteObject(changed);
    }

    private string Describe(DriveChange change)
    {
        string?[] words =
        [
            change.Eject ? "take out the disc" : change.MediaPath is { } path ? $"set the disc to '{path}'" : null,
            MaximumIops is { } iops ? $"set the limit to {iops} operations/s" : null,
            MaximumBytesPerSecond is { } bytes ? $"set the limit to {SizeText.From(bytes)}/s" : null,
            WarnAtPercent is { } percent ? $"set the warning to {percent} %" : null,
            BootIndex is { } index ? $"set the boot index to {index}" : null,
        ];
        var all = string.Join(", ", words.OfType<string>());
        return all.Length == 0 ? throw new QemuException(ErrorId.InvalidOption, "There is nothing to change.", "Name a setting: -MediaPath, -Eject, -MaximumIops, -MaximumBytesPerSecond, -WarnAtPercent or -BootIndex.") : char.ToUpperInvariant(all[0]) + all[1..];
    }
}
