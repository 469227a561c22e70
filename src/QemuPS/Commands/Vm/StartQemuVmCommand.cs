using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;
using QemuPS.Processes;

namespace QemuPS.Commands.Vm;

/// <summary><c>Start-QemuVm</c>: starts machines.</summary>
[Cmdlet(VerbsLifecycle.Start, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class StartQemuVmCommand : VmTargetCommand
{
    /// <summary>The guest waits, its first instruction not yet executed.</summary>
    [Parameter]
    public SwitchParameter Paused { get; set; }

    /// <summary>Starts without the checks of Test-QemuVm: what is wrong, QEMU says.</summary>
    [Parameter]
    public SwitchParameter NoPreflight { get; set; }

    /// <summary>Writes the machines that were started.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo(CommandFor(machine))) return;
        Await((feedback, cancellation) => MachineStart.StartAsync(machine, Paused, feedback, cancellation, preflight: !NoPreflight));
        if (PassThru) WriteVm(machine);
    }

    private string CommandFor(Machine machine) =>
        ShellQuoting.Bash(Await((_, cancellation) => MachineStart.PlanAsync(machine, machine.Load(), Paused, NoFeedback.Instance, cancellation)));
}
