using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;
using QemuPS.Processes;

namespace QemuPS.Commands.Vm;

/// <summary><c>Get-QemuVm</c>: shows machines and what they are doing.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVm", DefaultParameterSetName = "Name")]
[OutputType(typeof(QemuVm))]
public sealed class GetQemuVmCommand : QemuCommand
{
    private readonly List<Machine> _machines = [];
    private readonly List<QemuProcess> _orphans = [];

    /// <summary>The machines' names; wildcards are resolved. All machines without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [Alias("VmName")]
    [OwnerNameTransformation]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Machines to look at again.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The machines with these ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    public Guid[] Id { get; set; } = [];

    /// <summary>Only machines in one of these states.</summary>
    [Parameter]
    public VmState[] State { get; set; } = [];

    /// <summary>Only machines with one of these tags; wildcards are resolved.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[] Tag { get; set; } = [];

    /// <summary>Also shows QEMUs that run and that no machine of your store belongs to: started by hand, by another program, or by another user.</summary>
    [Parameter(ParameterSetName = "Name")]
    public SwitchParameter IncludeOrphaned { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case "Vm":
                _machines.AddRange(Vm.Select(vm => new Machine(VmStore.Open(), vm.Name)));
                break;
            case "Id":
                foreach (var id in Id) ForItem(id, () => _machines.Add(MachineSelection.WithId(id)));
                break;
            default:
                foreach (var pattern in Name) ForItem(pattern, () => AddNamed(pattern));
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // All that was named is looked at together: one that hangs does not delay the others.
        Show(_machines);
        if (_orphans.Count > 0) Stream((write, fail, cancellation) => OrphanReader.ReadAsync(_orphans, VmStore.Open(), vm => WriteWanted(vm, write), fail, cancellation));
    }

    private void AddNamed(string pattern)
    {
        var orphans = IncludeOrphaned ? OrphansNamed(pattern) : [];
        // Somebody who asks for an orphan by its name does not ask for a machine that is not there.
        _machines.AddRange(orphans.Count > 0 ? MachineSelection.NamedOrNone(pattern) : MachineSelection.Named(pattern));
        _orphans.AddRange(orphans);
    }

    private static IReadOnlyList<QemuProcess> OrphansNamed(string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return [.. OrphanReader.Find(VmStore.Open()).Where(orphan => wildcard.IsMatch(OrphanReader.NameOf(orphan)))];
    }

    private void Show(IReadOnlyList<Machine> machines) => Stream(async (write, fail, cancellation) =>
    {
        await foreach (var reading in MachineListing.ReadAsync(machines, cancellation).ConfigureAwait(false))
        {
            if (reading.Vm is { } vm) WriteWanted(vm, write);
            else fail(reading.Machine.Name, reading.Error!);
        }
    });

    private void WriteWanted(QemuVm vm, Action<object> write)
    {
        if (IsWanted(vm)) write(vm);
    }

    private bool IsWanted(QemuVm vm) =>
        (State.Length == 0 || State.Contains(vm.State)) &&
        (Tag.Length == 0 || Tag.Any(pattern => vm.Tag.Any(WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch)));
}
