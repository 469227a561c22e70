using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Restart-QemuVm</c>: shuts machines down and starts them again.</summary>
[Cmdlet(VerbsLifecycle.Restart, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class RestartQemuVmCommand : VmTargetCommand
{
    /// <summary>A guest that does not shut down in time is turned off.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How long the guest may take to shut down, in seconds; 300 without it.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int Timeout { get; set; } = 300;

    /// <summary>Writes the machines that were restarted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo($"Shut down the machine '{machine.Name}' (QMP system_powerdown) and start it again")) return;
        if (machine.FindProcess() is null) throw machine.NotRunning();
        Await(async (feedback, cancellation) =>
        {
            await MachineStop.ShutDownAsync(machine, TimeSpan.FromSeconds(Timeout), Force, feedback, cancellation).ConfigureAwait(false);
            await MachineStart.StartAsync(machine, paused: false, feedback, cancellation).ConfigureAwait(false);
        });
        if (PassThru) WriteVm(machine);
    }
}
