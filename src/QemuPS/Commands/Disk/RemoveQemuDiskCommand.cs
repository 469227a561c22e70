using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Disk;

/// <summary><c>Remove-QemuDisk</c>: deletes disk images.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuDisk", DefaultParameterSetName = "Path", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveQemuDiskCommand : QemuCommand
{
    /// <summary>The image files; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The image files, each name taken as it is.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "FullName", "DiskPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Deletes an image that a machine's definition names. One that is open stays all the same.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in LiteralPath) ForItem(path, () => Remove(this.FullPath(path)));
        foreach (var path in Path)
        {
            ForItem(path, () =>
            {
                foreach (var found in this.MatchingPaths(path)) ForItem(found, () => Remove(found));
            });
        }
    }

    private void Remove(string path)
    {
        DiskFile.RequireFile(path);
        if (Force) DiskFile.RequireUnlocked(path);
        else DiskUse.RequireUnused(VmStore.Open(), path);
        if (ShouldDo($"Delete the disk image '{path}'")) DiskFile.Delete(path);
    }
}
