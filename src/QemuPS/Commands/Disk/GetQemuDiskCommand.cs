using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Get-QemuDisk</c>: describes disk images.</summary>
[Cmdlet(VerbsCommon.Get, "QemuDisk", DefaultParameterSetName = ByPath)]
[OutputType(typeof(QemuDisk))]
public sealed class GetQemuDiskCommand : DiskPathCommand
{
    /// <summary>Describes the backing images as well, in the property Chain.</summary>
    [Parameter]
    public SwitchParameter BackingChain { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path) =>
        WriteObject(Await((_, cancellation) => QemuImg.Find().InfoAsync(path, BackingChain, cancellation)));
}
