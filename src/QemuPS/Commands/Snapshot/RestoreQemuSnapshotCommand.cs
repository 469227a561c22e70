using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>Restore-QemuSnapshot</c>: puts machines, and disk images, back to a snapshot.</summary>
[Cmdlet(VerbsData.Restore, "QemuSnapshot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(QemuVm))]
public sealed class RestoreQemuSnapshotCommand : SnapshotCommand
{
    /// <summary>The snapshot to go back to. What was written since it was taken is lost.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SnapshotNameCompleter))]
    public string SnapshotName { get; set; } = "";

    /// <summary>Starts the machine afterwards, or lets it go on. With a snapshot that has the memory, the guest goes on where it was.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter Start { get; set; }

    /// <summary>Writes the machine as it is afterwards.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessImage(string path)
    {
        if (!ShouldDo(DiskSnapshots.Describe("-a", SnapshotName, path))) return;
        Await((feedback, cancellation) => DiskSnapshots.RestoreAsync(path, SnapshotName, Passphrase, feedback, cancellation));
    }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var restore = new MachineSnapshotRestore(machine, SnapshotName, Start) { Passphrase = Passphrase };
        if (!ShouldDo(Await(restore.DescribeAsync))) return;
        Await(restore.RunAsync);
        if (PassThru) WriteObject(Await((_, cancellation) => MachineReader.ReadAsync(machine, cancellation)));
    }
}
