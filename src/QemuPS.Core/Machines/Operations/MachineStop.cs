using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Stops machines.</summary>
public static class MachineStop
{
    // A guest that is still in its firmware or boot loader misses the first press of its power button.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuitPatience = TimeSpan.FromSeconds(10);

    /// <summary>Asks the guest to shut down and waits until it has.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="timeout">How long the guest may take.</param>
    /// <param name="force">A guest that does not obey in time is turned off.</param>
    /// <param name="feedback">Hears every step.</param>
    /// <param name="cancellation">Stops the wait; the guest may shut down all the same.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmShutdownTimeout"/> when the guest did not obey; the machine runs on.</exception>
    public static async Task ShutDownAsync(Machine machine, TimeSpan timeout, bool force, IFeedback feedback, CancellationToken cancellation)
    {
        if (Open(machine, feedback) is not { } process) return;
        using (process)
        {
            var refusal = await AskGuestAsync(machine, process, timeout, feedback, cancellation).ConfigureAwait(false);
            if (refusal is not null && !force) throw new QemuException(ErrorId.VmShutdownTimeout, $"The machine '{machine.Name}' still runs: {refusal}.", $"Stop-QemuVm '{machine.Name}' -TurnOff");
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

    // Presses the power button, again and again, until QEMU has ended; returns why it has not.
    private static async Task<string?> AskGuestAsync(Machine machine, ProcessHandle process, TimeSpan timeout, IFeedback feedback, CancellationToken cancellation)
    {
        var end = DateTime.UtcNow + timeout;
        while (true)
        {
            if (await PressPowerButtonAsync(machine, feedback, cancellation).ConfigureAwait(false) is { } refusal) return refusal;
            var left = end - DateTime.UtcNow;
            var patience = left < AskAgainAfter ? left : AskAgainAfter;
            if (await process.WaitForExitAsync(patience, cancellation).ConfigureAwait(false)) return null;
            if (DateTime.UtcNow >= end) return $"its guest did not act on the ACPI power button within {timeout.TotalSeconds:0} s";
        }
    }

    private static async Task<string?> PressPowerButtonAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            var status = await connection.ExecuteAsync("query-status", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            var runState = status.GetProperty("status").GetString()!;
            if (VmStates.FromRunState(runState) is not (VmState.Running or VmState.Suspended or VmState.Off)) return $"its guest is not running ({runState}) and cannot shut down";

            feedback.Verbose($"'{machine.Name}': pressing the ACPI power button.");
            await connection.ExecuteAsync("system_powerdown", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            return null;
        }
        catch (QemuException) when (machine.FindProcess() is null)
        {
            // It ended while it was asked: that is what was wanted.
            return null;
        }
    }

    private static async Task QuitAsync(Machine machine, ProcessHandle process, IFeedback feedback, CancellationToken cancellation)
    {
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
        }

        if (await process.WaitForExitAsync(QuitPatience, cancellation).ConfigureAwait(false)) return;
        feedback.Warning($"QEMU of '{machine.Name}' (pid {process.ProcessId}) does not quit and is killed.");
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
