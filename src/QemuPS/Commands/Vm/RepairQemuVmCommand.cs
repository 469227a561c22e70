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

    /// <summary>The space that the log of a serial port may take; of a longer one the older part is given up, until half of this is left. 64 MiB without it.</summary>
    [Parameter]
    [SizeTransformation]
    [ValidateRange(1UL, ulong.MaxValue)]
    public ulong? SerialLogLimitBytes { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        foreach (var step in Await((_, cancellation) => MachineRepair.ExamineAsync(machine, new RepairRequest(Force, SerialLogLimitBytes), cancellation))) ForItem(step.Target, () => Take(machine, step));
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
