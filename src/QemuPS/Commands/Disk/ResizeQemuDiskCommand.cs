using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Disk;

/// <summary><c>Resize-QemuDisk</c>: changes the size that a guest sees.</summary>
[Cmdlet(VerbsCommon.Resize, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(QemuDisk))]
public sealed class ResizeQemuDiskCommand : DiskPathCommand
{
    /// <summary>The new size in bytes or as text with a unit; with a plus sign, <c>'+5GB'</c>, so much more.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [DiskSizeTransformation]
    [Alias("Size")]
    public DiskSize SizeBytes { get; set; }

    /// <summary>The new size may be smaller. What lies beyond it is lost.</summary>
    [Parameter]
    public SwitchParameter Shrink { get; set; }

    /// <summary>How much of what is added is laid down at once.</summary>
    [Parameter]
    public DiskPreallocation Preallocation { get; set; }

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <summary>Writes the images as they are now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        DiskFile.RequireFile(path);
        var done = MachineDisks.Find(VmStore.Open(), path) is { } live ? ResizeLive(live, path) : ResizeFile(path);
        if (done && PassThru) WriteObject(Await((feedback, cancellation) => DiskReader.ReadAsync(path, null, feedback, cancellation)));
    }

    private bool ResizeFile(string path)
    {
        using var resize = Await((feedback, cancellation) => DiskResize.PrepareAsync(path, SizeBytes, Shrink, Preallocation, Passphrase, feedback, cancellation));
        if (!ShouldDo(resize.Description)) return false;
        Await((feedback, cancellation) => resize.RunAsync(feedback, cancellation));
        return true;
    }

    private bool ResizeLive(MachineDisks machine, string path)
    {
        var disk = Await((feedback, cancellation) => DiskReader.ReadAsync(path, null, feedback, cancellation));
        var size = SizeBytes.Of(disk.SizeBytes);
        DiskResize.RequireSense(disk, size, shrink: false);
        if (!ShouldDo(machine.DescribeResize(size))) return false;
        Await((_, cancellation) => machine.ResizeAsync(size, cancellation));
        return true;
    }
}
