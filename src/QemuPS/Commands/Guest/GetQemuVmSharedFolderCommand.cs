using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Guest;

/// <summary><c>Get-QemuVmSharedFolder</c>: shows the folders of the host that machines' guests can mount.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmSharedFolder", DefaultParameterSetName = "Name")]
[OutputType(typeof(QemuVmSharedFolder))]
public sealed class GetQemuVmSharedFolderCommand : QemuCommand
{
    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] VmName { get; set; } = ["*"];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm", ValueFromPipeline = true)]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) Write(new Machine(VmStore.Open(), vm.Name));
        if (ParameterSetName == "Vm") return;
        foreach (var name in VmName) ForItem(name, () => MachineSelection.Named(name).ToList().ForEach(Write));
    }

    private void Write(Machine machine) => ForItem(machine.Name, () =>
        WriteObject(Await((_, cancellation) => MachineSharedFolders.ReadAsync(machine, cancellation)), enumerateCollection: true));
}
