using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>Remove-QemuSnapshot</c>: deletes snapshots of machines, and inside of disk images.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuSnapshot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveQemuSnapshotCommand : SnapshotCommand
{
    /// <summary>The snapshot to delete. The present content stays.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SnapshotNameCompleter))]
    public string SnapshotName { get; set; } = "";

    /// <summary>Deletes the snapshots that went on from it as well, near and far. Without it they stay, and go on from its parent.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter IncludeChildren { get; set; }

    /// <inheritdoc/>
    protected override void ProcessImage(string path)
    {
        if (!ShouldDo(DiskSnapshots.Describe("-d", SnapshotName, path))) return;
        Await((feedback, cancellation) => DiskSnapshots.RemoveAsync(path, SnapshotName, Passphrase, feedback, cancellation));
    }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var removal = new MachineSnapshotRemoval(machine, SnapshotName, IncludeChildren) { Passphrase = Passphrase };
        if (ShouldDo(Await(removal.DescribeAsync))) Await(removal.RunAsync);
    }
}
