using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Wait-QemuVm</c>: waits until machines are where they shall be.</summary>
[Cmdlet(VerbsLifecycle.Wait, "QemuVm", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVm))]
public sealed class WaitQemuVmCommand : LongVmCommand
{
    private VmWait _wait = new(VmWaitTarget.Running);

    /// <summary>What is waited for.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public VmWaitTarget For { get; set; }

    /// <summary>With Tcp or Ssh: the guest's TCP port, which a port of the host is forwarded to; 22 for Ssh without it.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>A regular expression for the text on the serial port; case does not matter.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>Only text that comes from now on counts; without it all text since the machine was started does.</summary>
    [Parameter]
    public SwitchParameter NewText { get; set; }

    /// <summary>QEMU's names of the events; wildcards are resolved. An event counts that comes from now on.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(QmpEventCompleter))]
    public string[] EventName { get; set; } = [];

    /// <summary>How long to wait, in seconds; without it as long as it takes.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? Timeout { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _wait = OrTerminate(() => WaitRequest.Create(For, Port, Pattern, EventName, NewText));

    /// <inheritdoc/>
    protected override void Process(Machine machine) => Begin(machine.Name, int.MaxValue, async (feedback, cancellation) =>
    {
        await MachineWait.WaitAsync(machine, _wait, WaitRequest.TimeoutOf(Timeout), feedback, cancellation).ConfigureAwait(false);
        return await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false);
    });
}
