using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Commands.Disk;

/// <summary><c>Optimize-QemuDisk</c>: writes disk images anew, without the space they no longer need.</summary>
[Cmdlet(VerbsCommon.Optimize, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(QemuDisk))]
public sealed class OptimizeQemuDiskCommand : LongDiskCommand
{
    /// <summary>Compresses the image's clusters.</summary>
    [Parameter]
    public SwitchParameter Compress { get; set; }

    /// <summary>The folder to write the copy in first; the image's own folder without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TemporaryPath { get; set; }

    /// <summary>How many images are worked on at once; one after the other without it.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 1;

    /// <summary>Writes the images as they are now, with the property SavedBytes.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        var temporary = TemporaryPath is null ? null : this.FullPath(TemporaryPath);
        var optimization = Await((feedback, cancellation) => DiskOptimization.PrepareAsync(path, Compress, temporary, feedback, cancellation));
        var before = FileStatus.OfTarget(path).AllocatedBytes;
        if (ShouldDo(optimization.Description)) Begin(path, ThrottleLimit, (feedback, cancellation) => RunAsync(optimization, before, feedback, cancellation));
        else optimization.Dispose();
    }

    private async Task<object?> RunAsync(DiskOptimization optimization, long before, IFeedback feedback, CancellationToken cancellation)
    {
        using (optimization)
        {
            var disk = await optimization.RunAsync(feedback, cancellation).ConfigureAwait(false);
            if (!PassThru) return null;
            var shown = new PSObject(disk);
            shown.Properties.Add(new PSNoteProperty("SavedBytes", before - (long)disk.FileSizeBytes));
            return shown;
        }
    }
}
