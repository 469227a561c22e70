using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>A cmdlet that shows the parts of a kind that machines have: of all machines, of those of a name, or of objects.</summary>
public abstract class VmPartsCommand : QemuCommand
{
    /// <summary>The parameter set that takes names.</summary>
    protected const string ByName = "Name";

    /// <summary>The parameter set that takes objects.</summary>
    protected const string ByObject = "Vm";

    /// <summary>The machines' names; wildcards are resolved. All machines without it.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] VmName { get; set; } = ["*"];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) Write(new Machine(VmStore.Open(), vm.Name));
        if (Vm.Length > 0) return;
        foreach (var name in VmName) ForItem(name, () => MachinesOf(name).ToList().ForEach(Write));
    }

    /// <summary>Writes the parts of one machine.</summary>
    /// <param name="machine">The machine; it may have gone meanwhile.</param>
    protected abstract void Show(Machine machine);

    /// <summary>The machines that a name or a pattern stands for.</summary>
    /// <param name="name">The name or the pattern.</param>
    private protected virtual IEnumerable<Machine> MachinesOf(string name) => MachineSelection.Named(name);

    private void Write(Machine machine) => ForItem(machine.Name, () => Show(machine));
}
