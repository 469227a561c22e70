using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Lets a machine go on from its saved state.</summary>
internal static class MachineRestore
{
    /// <summary>Loads the state into a QEMU that waits for it. The state is removed when the guest has gone on, not before.</summary>
    /// <param name="machine">The machine, its QEMU started with <c>-incoming defer</c>.</param>
    /// <param name="state">Its state.</param>
    /// <param name="paused">The guest stays stopped where it was.</param>
    /// <param name="feedback">Hears what is done.</param>
    /// <param name="cancellation">Stops it; the state stays.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.SavedStateInvalid"/> with QEMU's words; QEMU has ended then, and the state is there.</exception>
    public static async Task RunAsync(Machine machine, SavedState state, bool paused, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            await LoadAsync(machine, state, paused, feedback, cancellation).ConfigureAwait(false);
        }
        catch
        {
            if (machine.FindProcess() is not null) await MachineStop.TurnOffLockedAsync(machine, NoFeedback.Instance, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        SavedState.Discard(machine);
    }

    private static async Task LoadAsync(Machine machine, SavedState state, bool paused, IFeedback feedback, CancellationToken cancellation)
    {
        using var process = machine.FindProcess() is { } id ? ProcessHandle.TryOpen(id) : null;
        if (process is null) throw Refused(machine, state);
        await using var monitor = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        await using var file = new FileStream(new StateFile(machine).Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        feedback.Verbose($"'{machine.Name}': going on from '{file.Name}'.");
        if (!await ReadAsync(machine, new StateStream(monitor, feedback, cancellation), file).ConfigureAwait(false))
        {
            await process.WaitForExitAsync(Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            throw Refused(machine, state);
        }

        if (state.WasRunning && !paused) await monitor.ExecuteAsync("cont", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
    }

    private static async Task<bool> ReadAsync(Machine machine, StateStream stream, FileStream file)
    {
        var beginning = new byte[2];
        await file.ReadExactlyAsync(beginning).ConfigureAwait(false);
        file.Position = 0;
        try
        {
            return await stream.ReadAsync(file, StateCompression.IsCompressed(beginning)).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw SavedState.Invalid(machine, $"'{file.Name}' is damaged: {error.Message}", error);
        }
    }

    private static QemuException Refused(Machine machine, SavedState state)
    {
        var log = File.Exists(machine.Folder.Log) ? string.Join(Environment.NewLine, File.ReadLines(machine.Folder.Log).TakeLast(5)) : "";
        return SavedState.Invalid(machine, $"QEMU could not load what QEMU {state.QemuVersion} wrote ({log.Trim()})");
    }
}
