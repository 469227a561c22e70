using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Suspend-QemuVm</c>: stops the guests of running machines.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class SuspendQemuVmCommand : VmTargetCommand
{
    /// <summary>Writes the machines that were suspended.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo($"Suspend the machine '{machine.Name}'")) return;
        Await((_, cancellation) => MachineRun.SuspendAsync(machine, cancellation));
        if (PassThru) WriteVm(machine);
    }
}
