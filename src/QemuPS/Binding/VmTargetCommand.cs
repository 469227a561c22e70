using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>A cmdlet that does something with machines, given by name or as objects.</summary>
public abstract class VmTargetCommand : QemuCommand
{
    /// <summary>The parameter set that takes names.</summary>
    protected const string ByName = "Name";

    /// <summary>The parameter set that takes objects.</summary>
    protected const string ByObject = "Vm";

    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Alias("VmName")]
    [OwnerNameTransformation]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByObject)]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForMachines(Vm, Name, Process);

    /// <summary>Does it with one machine.</summary>
    /// <param name="machine">The machine; it may have gone meanwhile.</param>
    protected abstract void Process(Machine machine);

    /// <summary>Writes the machine as it is now.</summary>
    protected void WriteVm(Machine machine) => WriteObject(Await((_, cancellation) => MachineReader.ReadAsync(machine, cancellation)));
}
