using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;
using QemuPS.Processes;

namespace QemuPS.Commands.Vm;

/// <summary><c>Start-QemuVm</c>: starts machines.</summary>
[Cmdlet(VerbsLifecycle.Start, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class StartQemuVmCommand : LongVmCommand
{
    private VmWait? _wait;
    private LossConfirmation? _confirmation;

    /// <summary>The snapshot to start from, by name or as an object. What was written since it was taken is lost; with its memory in it the guest goes on where it was.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SnapshotName")]
    [QemuSnapshotTransformation]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(SnapshotNameCompleter))]
    public QemuSnapshot? FromSnapshot { get; set; }

    /// <summary>The guest waits, its first instruction not yet executed.</summary>
    [Parameter]
    public SwitchParameter Paused { get; set; }

    /// <summary>What the guest writes to its disks is gone when the machine ends; the images stay as they are.</summary>
    [Parameter]
    public SwitchParameter Ephemeral { get; set; }

    /// <summary>Gives up a saved state and starts anew: for the guest it is as if the power had failed when it was saved.</summary>
    [Parameter]
    public SwitchParameter DiscardState { get; set; }

    /// <summary>Waits until the machine is that far; the others are started meanwhile.</summary>
    [Parameter]
    public VmWaitTarget? Wait { get; set; }

    /// <summary>With -Wait Tcp or Ssh: the guest's TCP port; 22 for Ssh without it.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>With -Wait SerialText: a regular expression for the text on the serial port.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>With -Wait QmpEvent: QEMU's names of the events; wildcards are resolved.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(QmpEventCompleter))]
    public string[] EventName { get; set; } = [];

    /// <summary>With -Wait: how long to wait, in seconds; without it as long as it takes.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? Timeout { get; set; }

    /// <summary>Starts without the checks of Test-QemuVm: what is wrong, QEMU says.</summary>
    [Parameter]
    public SwitchParameter NoPreflight { get; set; }

    /// <summary>Writes the machines that were started.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private StartRequest Request => new(Paused, Ephemeral, DiscardState, NoPreflight);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Wait is { } target) _wait = OrTerminate(() => WaitRequest.Create(target, Port, Pattern, EventName));
    }

    /// <inheritdoc/>
    protected override bool MayStartJob(string action) =>
        base.MayStartJob(action) && (FromSnapshot is null || Confirmation.Allows($"{action}\nWhat was written since '{FromSnapshot}' was taken is lost."));

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (FromSnapshot is not null)
        {
            if (!GoBack(machine)) return;
        }
        else
        {
            if (!ShouldDo(CommandFor(machine))) return;
            Await((feedback, cancellation) => MachineStart.StartAsync(machine, Request, feedback, cancellation));
        }

        if (_wait is not null) Begin(machine.Name, int.MaxValue, (feedback, cancellation) => FinishAsync(machine, feedback, cancellation));
        else if (PassThru) WriteVm(machine);
    }

    private LossConfirmation Confirmation => _confirmation ??= new LossConfirmation(this);

    private bool GoBack(Machine machine)
    {
        if (Ephemeral) throw new QemuException(ErrorId.InvalidOption, "-FromSnapshot puts the disks back, and -Ephemeral leaves them as they are.", "Leave out one of them.");
        if (FromSnapshot!.VmName is { } other && other != machine.Name) throw new QemuException(ErrorId.InvalidOption, $"The snapshot '{FromSnapshot}' is of the machine '{other}', not of '{machine.Name}'.");
        var restore = new MachineSnapshotRestore(machine, FromSnapshot.Name, start: true) { Request = Request, RequiresOff = true };
        var action = Await(restore.DescribeAsync);
        if (!ShouldDo(action) || !Confirmation.Allows($"{action}\nWhat was written since '{FromSnapshot}' was taken is lost.")) return false;
        Await(restore.RunAsync);
        return true;
    }

    private async Task<object?> FinishAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        await MachineWait.WaitAsync(machine, _wait!, WaitRequest.TimeoutOf(Timeout), feedback, cancellation).ConfigureAwait(false);
        return PassThru ? await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false) : null;
    }

    private string CommandFor(Machine machine) =>
        ShellQuoting.Bash(Await((_, cancellation) => MachineStart.PlanAsync(machine, definition: null, Request, NoFeedback.Instance, cancellation)));
}
