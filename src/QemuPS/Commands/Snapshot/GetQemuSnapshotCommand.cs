using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>Get-QemuSnapshot</c>: lists the snapshots of machines, and those inside of disk images.</summary>
[Cmdlet(VerbsCommon.Get, "QemuSnapshot", DefaultParameterSetName = ByPath)]
[OutputType(typeof(QemuSnapshot))]
public sealed class GetQemuSnapshotCommand : DiskPathCommand
{
    private const string ByVm = "Vm";

    /// <summary>The machines: objects, names or ids; a snapshot stands for the machine that it is of.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByVm)]
    [Alias("VmName")]
    [SnapshotVmTransformation]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The snapshots' names; wildcards are matched. All of them without it.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SnapshotNameCompleter))]
    public string[] SnapshotName { get; set; } = ["*"];

    /// <summary>Only the snapshot that the machine goes on from.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter Current { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) ForItem(vm, () => Process(new Machine(VmStore.Open(), vm.Name)));
        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        SnapshotCommand.RequireNoMachine(path, MyInvocation.MyCommand.Name);
        var disk = Await((feedback, cancellation) => DiskReader.ReadAsync(path, null, feedback, cancellation));
        Write(DiskSnapshots.Of(disk), name => DiskSnapshots.Require(disk, name));
    }

    private void Process(Machine machine)
    {
        var snapshots = Await((feedback, cancellation) => MachineSnapshotReader.ReadAsync(machine, feedback, cancellation));
        Write([.. snapshots.Where(snapshot => !Current || snapshot.IsCurrent == true)], name => throw MachineSnapshotReader.NotFound(machine, name, snapshots));
    }

    private void Write(IReadOnlyList<QemuSnapshot> snapshots, Action<string> notFound)
    {
        foreach (var name in SnapshotName)
        {
            var wildcard = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            var found = snapshots.Where(snapshot => snapshot.Name == name || wildcard.IsMatch(snapshot.Name)).ToList();
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) ForItem(name, () => notFound(name));
            WriteObject(found, enumerateCollection: true);
        }
    }
}
