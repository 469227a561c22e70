using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Remove-QemuVmPortForward</c>: takes port forwards away.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuVmPortForward", SupportsShouldProcess = true)]
public sealed class RemoveQemuVmPortForwardCommand : VmPartCommand
{
    /// <summary>Forwards that Get-QemuVmPortForward shows.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public QemuVmPortForward[] Forward { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var forward in Forward) ForItem(forward, () => Remove(Named(forward.VmName), forward));
    }

    private void Remove(Machine machine, QemuVmPortForward forward)
    {
        var place = Place(machine, forward.Persisted);
        if (!ShouldDo($"Remove the port forward {forward} from {place.Text}")) return;
        Await((_, cancellation) => MachinePortForwards.RemoveAsync(machine, forward, place.Live, place.Persist, cancellation));
    }
}
