using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Stop-QemuVm</c>: shuts machines down, or turns them off.</summary>
[Cmdlet(VerbsLifecycle.Stop, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class StopQemuVmCommand : LongVmCommand
{
    /// <summary>A guest that does not shut down in time is turned off.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Ends the machine at once, as pulling the plug does: what the guest has not written is lost.</summary>
    [Parameter]
    public SwitchParameter TurnOff { get; set; }

    /// <summary>Puts the machine to sleep on disk, as Save-QemuVm does.</summary>
    [Parameter]
    public SwitchParameter Save { get; set; }

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
    protected override void BeginProcessing() =>
        OrTerminate(() => TurnOff && Save ? throw new QemuException(ErrorId.InvalidOption, "A machine is turned off or saved, not both.") : true);

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo(Describe(machine))) return;
        Begin(machine.Name, int.MaxValue, async (feedback, cancellation) =>
        {
            await StopAsync(machine, feedback, cancellation).ConfigureAwait(false);
            return PassThru ? await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false) : null;
        });
    }

    private Task StopAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        if (Save) return MachineSave.SaveAsync(machine, new SaveRequest(), feedback, cancellation);
        return TurnOff
            ? MachineStop.TurnOffAsync(machine, feedback, cancellation)
            : MachineStop.ShutDownAsync(machine, new ShutdownRequest(TimeSpan.FromSeconds(Timeout), Force, Method), feedback, cancellation);
    }

    private string Describe(Machine machine)
    {
        if (Save) return $"Save the state of the machine '{machine.Name}' to '{machine.SavedStatePath}' (QMP migrate) and end it";
        if (TurnOff) return $"Turn off the machine '{machine.Name}' (QMP quit)";
        var ways = Method switch
        {
            VmStopMethod.Agent => "the guest's agent",
            VmStopMethod.Acpi => "QMP system_powerdown",
            _ => "the guest's agent, QMP system_powerdown",
        };
        return $"Shut down the machine '{machine.Name}' ({ways}){(Force ? $", or turn it off after {Timeout} s" : "")}";
    }
}
