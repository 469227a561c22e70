using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Get-QemuDisk</c>: describes disk images.</summary>
[Cmdlet(VerbsCommon.Get, "QemuDisk", DefaultParameterSetName = "Path")]
[OutputType(typeof(QemuDisk))]
public sealed class GetQemuDiskCommand : QemuCommand
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

    /// <summary>Describes the backing images as well, in the property Chain.</summary>
    [Parameter]
    public SwitchParameter BackingChain { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in LiteralPath) ForItem(path, () => Describe(this.FullPath(path)));
        foreach (var path in Path)
        {
            ForItem(path, () =>
            {
                foreach (var found in this.MatchingPaths(path)) ForItem(found, () => Describe(found));
            });
        }
    }

    private void Describe(string path) =>
        WriteObject(Await((_, cancellation) => QemuImg.Find().InfoAsync(path, BackingChain, cancellation)));
}
