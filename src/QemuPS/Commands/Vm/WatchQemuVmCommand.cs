using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Watch-QemuVm</c>: shows what happens to machines as it happens.</summary>
[Cmdlet(VerbsCommon.Watch, "QemuVm", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuEvent))]
public sealed class WatchQemuVmCommand : VmTargetCommand
{
    private readonly List<Machine> _machines = [];

    /// <summary>QEMU's names of the events to show; wildcards are resolved.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(QmpEventCompleter))]
    public string[] EventName { get; set; } = ["*"];

    /// <summary>Ends after so many seconds; without it when the machines have ended.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? Timeout { get; set; }

    /// <summary>Ends after so many events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxEvents { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine) => _machines.Add(machine);

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(_machines, () => Stream(WatchAsync));

    private async Task WatchAsync(Action<object> write, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (Timeout is { } seconds) end.CancelAfter(TimeSpan.FromSeconds(seconds));
        var patterns = EventName.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToList();
        var left = MaxEvents ?? int.MaxValue;
        try
        {
            await MachineEvents.WatchAsync(_machines, Show, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The time is over, or there were events enough: that is how it was meant to end.
        }

        void Show(QemuEvent told)
        {
            if (left == 0 || !patterns.Exists(pattern => pattern.IsMatch(told.Event))) return;
            write(told);
            if (--left == 0) end.Cancel();
        }
    }
}
