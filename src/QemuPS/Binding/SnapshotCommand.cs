using System.Management.Automation;
using System.Security;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>A cmdlet that changes the snapshots of machines, or of bare images.</summary>
public abstract class SnapshotCommand : LongDiskCommand
{
    /// <summary>The parameter set that takes machines.</summary>
    protected const string ByVm = "Vm";

    /// <summary>The machines: objects, names or ids; a snapshot stands for the machine that it is of.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByVm)]
    [Alias("VmName")]
    [SnapshotVmTransformation]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>What opens encrypted images: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected sealed override void ProcessItems()
    {
        foreach (var vm in Vm) ForItem(vm, () => Process(new Machine(VmStore.Open(), vm.Name)));
        base.ProcessItems();
    }

    /// <summary>Does it with one machine.</summary>
    /// <param name="machine">The machine; it may have gone meanwhile.</param>
    protected abstract void Process(Machine machine);
}
