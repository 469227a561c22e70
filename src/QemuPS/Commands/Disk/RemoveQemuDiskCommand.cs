using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Disk;

/// <summary><c>Remove-QemuDisk</c>: deletes disk images.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveQemuDiskCommand : DiskPathCommand
{
    /// <summary>Deletes an image that a machine's definition names. One that is open stays all the same.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        DiskFile.RequireFile(path);
        if (Force) DiskFile.RequireUnlocked(path);
        else DiskUse.RequireUnused(VmStore.Open(), path);
        if (ShouldDo($"Delete the disk image '{path}'")) DiskFile.Delete(path);
    }
}
