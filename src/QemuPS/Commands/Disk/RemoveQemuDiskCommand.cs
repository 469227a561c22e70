using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Disk;

/// <summary><c>Remove-QemuDisk</c>: deletes disk images.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveQemuDiskCommand : DiskPathCommand
{
    private readonly DiskRemoval _removal = new();

    /// <summary>Deletes an image that a machine's definition names, or that others are overlays of. One that is open stays all the same.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Deletes the images below it as well, where nothing else stands on them.</summary>
    [Parameter]
    public SwitchParameter IncludeBackingChain { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        var images = Await((feedback, cancellation) => _removal.PlanAsync(path, IncludeBackingChain, Force, feedback, cancellation));
        foreach (var image in images)
        {
            if (Force) DiskFile.RequireUnlocked(image);
            else DiskUse.RequireUnused(VmStore.Open(), image);
        }

        foreach (var image in images)
        {
            if (ShouldDo($"Delete the disk image '{image}'")) DiskFile.Delete(image);
        }
    }
}
