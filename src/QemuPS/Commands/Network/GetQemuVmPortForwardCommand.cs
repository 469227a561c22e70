using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Get-QemuVmPortForward</c>: shows the ports of the host that lead into guests.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmPortForward", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVmPortForward))]
public sealed class GetQemuVmPortForwardCommand : VmPartsCommand
{
    /// <summary>Only forwards to these ports of the guest.</summary>
    [Parameter]
    public int[] GuestPort { get; set; } = [];

    /// <inheritdoc/>
    protected override void Show(Machine machine)
    {
        var all = Await((_, cancellation) => MachinePortForwards.ReadAsync(machine, cancellation));
        WriteObject(all.Where(forward => GuestPort.Length == 0 || GuestPort.Contains(forward.GuestPort)), enumerateCollection: true);
    }
}
