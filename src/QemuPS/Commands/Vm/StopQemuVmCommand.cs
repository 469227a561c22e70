using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Stop-QemuVm</c>: shuts machines down, or turns them off.</summary>
[Cmdlet(VerbsLifecycle.Stop, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class StopQemuVmCommand : VmTargetCommand
{
    /// <summary>A guest that does not shut down in time is turned off.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Ends the machine at once, as pulling the plug does: what the guest has not written is lost.</summary>
    [Parameter]
    public SwitchParameter TurnOff { get; set; }

    /// <summary>How long the guest may take to shut down, in seconds; 300 without it.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int Timeout { get; set; } = 300;

    /// <summary>By which way the guest is asked: its agent, its power button, or the one after the other.</summary>
    [Parameter]
    public VmStopMethod Method { get; set; }

    /// <summary>Writes the machines that were stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo(TurnOff ? $"Turn off the machine '{machine.Name}' (QMP quit)" : $"Shut down the machine '{machine.Name}' (QMP system_powerdown)")) return;
        Await((feedback, cancellation) => TurnOff
            ? MachineStop.TurnOffAsync(machine, feedback, cancellation)
            : MachineStop.ShutDownAsync(machine, new ShutdownRequest(TimeSpan.FromSeconds(Timeout), Force, Method), feedback, cancellation));
        if (PassThru) WriteVm(machine);
    }
}
