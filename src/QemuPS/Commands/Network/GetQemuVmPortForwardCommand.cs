using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Get-QemuVmPortForward</c>: shows the ports of the host that lead into guests.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmPortForward", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVmPortForward))]
public sealed class GetQemuVmPortForwardCommand : QemuCommand
{
    private const string ByName = "Name";

    /// <summary>The machines' names; wildcards are resolved. All machines without it.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] VmName { get; set; } = ["*"];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>Only forwards to these ports of the guest.</summary>
    [Parameter]
    public int[] GuestPort { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) Show(new Machine(VmStore.Open(), vm.Name));
        if (Vm.Length > 0) return;
        foreach (var pattern in VmName) ForItem(pattern, () => MachineSelection.Named(pattern).ToList().ForEach(Show));
    }

    private void Show(Machine machine) => ForItem(machine.Name, () =>
    {
        var all = Await((_, cancellation) => MachinePortForwards.ReadAsync(machine, cancellation));
        WriteObject(all.Where(forward => GuestPort.Length == 0 || GuestPort.Contains(forward.GuestPort)), enumerateCollection: true);
    });
}
