using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Repair-QemuVm</c>: mends what crashes, kills and moved files have left machines with.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuRepairAction))]
public sealed class RepairQemuVmCommand : VmTargetCommand
{
    /// <summary>Ends a QEMU that does not answer: what its guest has not written is lost.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        foreach (var step in Await((_, cancellation) => MachineRepair.ExamineAsync(machine, Force, cancellation))) ForItem(step.Target, () => Take(machine, step));
    }

    private void Take(Machine machine, RepairStep step)
    {
        var done = step.Mend is not null && ShouldDo($"{step.Action} '{step.Target}' of the machine '{machine.Name}' ({step.Detail})");
        var detail = step.Detail;
        if (done && !Await((_, cancellation) => step.Mend!(cancellation)))
        {
            done = false;
            detail += "; the machine is not as it was found";
        }

        WriteObject(new QemuRepairAction(machine.Name, step.Action, step.Target, done, detail));
    }
}
