using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Remove-QemuVm</c>: removes machines.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveQemuVmCommand : VmTargetCommand
{
    /// <summary>Deletes the machine's disk images as well; discs in CD drives stay.</summary>
    [Parameter]
    public SwitchParameter DeleteDisks { get; set; }

    /// <summary>A machine that runs is turned off first.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var disks = DeleteDisks ? MachineRemoval.DisksOf(machine) : [];
        var action = $"Remove the machine '{machine.Name}'" + (disks.Count > 0 ? $" and delete {string.Join(", ", disks)}" : "");
        if (!ShouldDo(action)) return;
        Await((feedback, cancellation) => MachineRemoval.RemoveAsync(machine, disks, Force, feedback, cancellation));
    }
}
