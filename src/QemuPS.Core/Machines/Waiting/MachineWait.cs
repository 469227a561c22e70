using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Waits for machines. Where QEMU or the kernel tells what is waited for, nothing is asked twice.</summary>
public static class MachineWait
{
    /// <summary>Waits until it has happened.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="what">What is waited for.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="feedback">Hears what is known meanwhile.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmWaitTimeout"/>, <see cref="ErrorId.VmNotRunning"/> when the machine is off or ends before,
    /// <see cref="ErrorId.InvalidOption"/> when the port is not forwarded, <see cref="ErrorId.GuestAgentNotConnected"/> when the machine has no channel for an agent.</exception>
    public static async Task WaitAsync(Machine machine, VmWait what, TimeSpan timeout, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(what);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await ForAsync(machine, what, feedback, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new QemuException(
                ErrorId.VmWaitTimeout,
                $"'{machine.Name}' was waited for {timeout.TotalSeconds:0.#} s in vain: {what.Description} did not come.",
                $"Get-QemuVm '{machine.Name}'",
                error);
        }
    }

    private static Task ForAsync(Machine machine, VmWait what, IFeedback feedback, CancellationToken limit) => what.Target switch
    {
        VmWaitTarget.Running => ForRunningAsync(machine, limit),
        VmWaitTarget.Shutdown => ForEndAsync(machine, limit),
        VmWaitTarget.GuestAgent => WhileAliveAsync(machine, what, stop => AgentWait.RunAsync(machine, feedback, stop), limit),
        VmWaitTarget.IPAddress => WhileAliveAsync(machine, what, stop => AddressWait.RunAsync(machine, feedback, stop), limit),
        VmWaitTarget.Ssh => WhileAliveAsync(machine, what, stop => SshWait.RunAsync(machine, what.Port, feedback, stop), limit),
        VmWaitTarget.Tcp => WhileAliveAsync(machine, what, stop => PortWait.RunAsync(machine, what.Port, stop), limit),
        VmWaitTarget.SerialText => WhileAliveAsync(machine, what, stop => new SerialWait(machine, what).RunAsync(stop), limit),
        _ => ForEventAsync(machine, what, limit),
    };

    private static async Task ForEndAsync(Machine machine, CancellationToken limit)
    {
        using var process = machine.FindProcess() is { } id ? ProcessHandle.TryOpen(id) : null;
        if (process is not null) await process.WaitForExitAsync(Timeout.InfiniteTimeSpan, limit).ConfigureAwait(false);
    }

    private static async Task ForEventAsync(Machine machine, VmWait what, CancellationToken limit)
    {
        await using var connection = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, limit).ConfigureAwait(false);
        await foreach (var told in connection.ReadEventsAsync(limit).ConfigureAwait(false))
        {
            if (what.IsEvent(told.Name)) return;
        }

        throw Ended(machine, what);
    }

    private static async Task ForRunningAsync(Machine machine, CancellationToken limit)
    {
        // Somebody else may start it: the folder of its runtime files is where that shows first.
        using var changes = new FileChanges(RuntimeFolder.EnsureRoot(), "*", deep: true);
        while (!await RunsAsync(machine, limit).ConfigureAwait(false)) await changes.WaitAsync(limit).ConfigureAwait(false);
    }

    // False when there is no QEMU, or not one that answers yet.
    private static async Task<bool> RunsAsync(Machine machine, CancellationToken limit)
    {
        if (machine.FindProcess() is null) return false;
        try
        {
            await using var connection = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, limit).ConfigureAwait(false);
            var status = await connection.ExecuteAsync("query-status", null, Machine.AnswerTimeout, limit).ConfigureAwait(false);
            if (status.GetProperty("running").GetBoolean()) return true;
            await foreach (var told in connection.ReadEventsAsync(limit).ConfigureAwait(false))
            {
                if (told.Name is "RESUME" or "WAKEUP") return true;
            }

            return false;
        }
        catch (QemuException error) when (error.Id is ErrorId.VmNotRunning or ErrorId.QmpConnectionFailed or ErrorId.QmpOutcomeUnknown)
        {
            return false;
        }
    }

    private static async Task WhileAliveAsync(Machine machine, VmWait what, Func<CancellationToken, Task> wait, CancellationToken limit)
    {
        using var process = machine.FindProcess() is { } id ? ProcessHandle.TryOpen(id) : null;
        if (process is null) throw machine.NotRunning();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit);
        var end = process.WaitForExitAsync(Timeout.InfiniteTimeSpan, stop.Token);
        var waiting = wait(stop.Token);
        var first = await Task.WhenAny(waiting, end).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        try
        {
            // What came with QEMU's last breath came in time.
            await waiting.ConfigureAwait(false);
        }
        catch (Exception error) when (first == end && error is OperationCanceledException or QemuException && machine.FindProcess() != process.ProcessId)
        {
            limit.ThrowIfCancellationRequested();
            throw Ended(machine, what);
        }
        finally
        {
            await end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    private static QemuException Ended(Machine machine, VmWait what) =>
        new(ErrorId.VmNotRunning, $"The machine '{machine.Name}' ended while {what.Description} was waited for.", $"Start-QemuVm '{machine.Name}'");
}
