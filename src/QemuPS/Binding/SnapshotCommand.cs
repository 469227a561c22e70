using System.Management.Automation;
using System.Security;
using QemuPS.Machines;
using QemuPS.Processes;

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

    /// <inheritdoc/>
    protected sealed override void Process(string path)
    {
        RequireNoMachine(path, MyInvocation.MyCommand.Name);
        ProcessImage(path);
    }

    /// <summary>Does it with one image.</summary>
    /// <param name="path">The image's full path.</param>
    protected abstract void ProcessImage(string path);

    /// <summary>Throws where there is no image of that name, but a machine: the first word is a path here, and a name in most other commands.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/></exception>
    internal static void RequireNoMachine(string path, string command)
    {
        var name = System.IO.Path.GetFileName(path);
        if (File.Exists(path) || MachineSelection.NamedOrNone(WildcardPattern.Escape(name)).Count == 0) return;
        throw new QemuException(ErrorId.DiskNotFound, $"There is no disk image '{path}', but a machine '{name}'.", $"{command} -Vm {ShellQuoting.PowerShell(name)}");
    }

    /// <summary>Does it with one machine.</summary>
    /// <param name="machine">The machine; it may have gone meanwhile.</param>
    protected abstract void Process(Machine machine);
}
