using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Stops machines.</summary>
public static class MachineStop
{
    private static readonly TimeSpan QuitPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SignalPatience = TimeSpan.FromSeconds(3);

    /// <summary>Asks the guest to shut down and waits until it has.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="request">How, how long, and what then.</param>
    /// <param name="feedback">Hears every step.</param>
    /// <param name="cancellation">Stops the wait; the guest may shut down all the same.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmShutdownTimeout"/> when the guest did not obey; the machine runs on.</exception>
    public static async Task ShutDownAsync(Machine machine, ShutdownRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Open(machine, feedback) is not { } process) return;
        using (process)
        {
            var ladder = new ShutdownLadder(machine, process, request.Method, feedback, cancellation);
            var refusal = await ladder.ClimbAsync(request.Timeout).ConfigureAwait(false);
            if (refusal is not null && !request.Force)
            {
                throw new QemuException(ErrorId.VmShutdownTimeout, $"The machine '{machine.Name}' still runs: {refusal}.", $"Stop-QemuVm '{machine.Name}' -TurnOff");
            }

            // A state that is still there is one that this guest has gone on from: whoever resumed it did not live to remove it.
            if (refusal is null) SavedState.Discard(machine);
            if (refusal is not null)
            {
                feedback.Warning($"'{machine.Name}' is turned off: {refusal}.");
                await QuitAsync(machine, process, feedback, cancellation).ConfigureAwait(false);
            }
        }

        await SweepAsync(machine, cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends QEMU at once, as pulling the plug does.</summary>
    public static async Task TurnOffAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        if (Open(machine, feedback) is not { } process) return;
        using (process) await QuitAsync(machine, process, feedback, cancellation).ConfigureAwait(false);
        await SweepAsync(machine, cancellation).ConfigureAwait(false);
    }

    /// <summary>The same for who holds the machine's lock.</summary>
    internal static async Task TurnOffLockedAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        if (Open(machine, feedback) is not { } process) return;
        using (process) await QuitAsync(machine, process, feedback, cancellation).ConfigureAwait(false);
        machine.Folder.Sweep();
    }

    private static ProcessHandle? Open(Machine machine, IFeedback feedback)
    {
        var process = machine.FindProcess() is { } id ? ProcessHandle.TryOpen(id) : null;
        if (process is null) feedback.Warning($"The machine '{machine.Name}' is not running.");
        return process;
    }

    private static async Task QuitAsync(Machine machine, ProcessHandle process, IFeedback feedback, CancellationToken cancellation)
    {
        var patience = QuitPatience;
        try
        {
            feedback.Verbose($"'{machine.Name}': telling QEMU (pid {process.ProcessId}) to quit.");
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            await connection.ExecuteAsync("quit", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error)
        {
            // QEMU may go before it answers, and may not answer at all: its end is what counts, below.
            feedback.Verbose($"'{machine.Name}': {error.Message}");
            if (error.Id is ErrorId.QmpBusy or ErrorId.QmpTimeout) patience = TimeSpan.Zero;
        }

        if (await process.WaitForExitAsync(patience, cancellation).ConfigureAwait(false)) return;
        feedback.Verbose($"'{machine.Name}': telling QEMU (pid {process.ProcessId}) to end (SIGTERM).");
        process.RequestEnd();
        if (await process.WaitForExitAsync(SignalPatience, cancellation).ConfigureAwait(false)) return;
        feedback.Warning($"QEMU of '{machine.Name}' (pid {process.ProcessId}) does not quit and is killed (SIGKILL).");
        process.Terminate();
        await process.WaitForExitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
    }

    private static async Task SweepAsync(Machine machine, CancellationToken cancellation)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        // Somebody may have started it again meanwhile.
        if (machine.FindProcess() is null) machine.Folder.Sweep();
    }
}

/// <summary>How a guest is asked to shut down.</summary>
/// <param name="Timeout">How long it may take.</param>
/// <param name="Force">A guest that does not obey in time is turned off.</param>
/// <param name="Method">By which way it is asked.</param>
public sealed record ShutdownRequest(TimeSpan Timeout, bool Force = false, VmStopMethod Method = VmStopMethod.Auto);
