using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Resume-QemuVm</c>: lets the guests of suspended machines go on.</summary>
[Cmdlet(VerbsLifecycle.Resume, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class ResumeQemuVmCommand : VmTargetCommand
{
    /// <summary>Writes the machines that go on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo($"Resume the machine '{machine.Name}'")) return;
        Await((_, cancellation) => MachineRun.ResumeAsync(machine, cancellation));
        if (PassThru) WriteVm(machine);
    }
}
