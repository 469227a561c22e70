using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Restart-QemuVm</c>: shuts machines down and starts them again.</summary>
[Cmdlet(VerbsLifecycle.Restart, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class RestartQemuVmCommand : LongVmCommand
{
    private VmWait? _wait;

    /// <summary>A guest that does not shut down in time is turned off.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Presses the reset button: the guest begins anew at once, without shutting down, in the same QEMU.</summary>
    [Parameter]
    public SwitchParameter Reset { get; set; }

    /// <summary>Waits, once the machine is started again, for what -For says.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>With -Wait: what is waited for; without it that the guest runs.</summary>
    [Parameter]
    public VmWaitTarget? For { get; set; }

    /// <summary>With -For Tcp or Ssh: the guest's TCP port; 22 for Ssh without it.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>With -For SerialText: a regular expression for the text on the serial port.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>How long the guest may take to shut down, and then how long is waited, in seconds; 300 without it.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int Timeout { get; set; } = 300;

    /// <summary>Writes the machines that were restarted.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Wait || For is not null) _wait = OrTerminate(() => WaitRequest.Create(For ?? VmWaitTarget.Running, Port, Pattern, [], newText: Reset && For == VmWaitTarget.SerialText));
    }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo(Reset ? $"Reset the machine '{machine.Name}' (QMP system_reset)" : $"Shut down the machine '{machine.Name}' and start it again")) return;
        if (machine.FindProcess() is null) throw machine.NotRunning();
        Begin(machine.Name, int.MaxValue, async (feedback, cancellation) =>
        {
            var request = new ShutdownRequest(TimeSpan.FromSeconds(Timeout), Force);
            await (Reset ? MachineRun.ResetAsync(machine, _wait, request.Timeout, feedback, cancellation) : MachineStart.RestartAsync(machine, request, feedback, cancellation)).ConfigureAwait(false);
            if (_wait is not null && !Reset) await MachineWait.WaitAsync(machine, _wait, request.Timeout, feedback, cancellation).ConfigureAwait(false);
            return PassThru ? await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false) : null;
        });
    }
}
