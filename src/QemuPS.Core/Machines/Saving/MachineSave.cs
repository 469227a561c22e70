using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Saves machines: the guest's memory goes into a file, QEMU ends, and the next start goes on from there.</summary>
public static class MachineSave
{
    /// <summary>Saves the machine. Whoever dies in the middle of it, the machine is as before, or saved: a guest that was stopped for it is let go on by Resume-QemuVm.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.NotSupported"/> for a machine whose disks are not kept,
    /// <see cref="ErrorId.VmSaveFailed"/> with QEMU's words; the machine runs on then.</exception>
    public static async Task SaveAsync(Machine machine, SaveRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        using var process = machine.FindProcess() is { } id ? ProcessHandle.TryOpen(id) : null;
        if (process is null) throw machine.NotRunning();
        var marks = new RuntimeMarks(machine.Folder);
        if (marks.Has(RuntimeMarks.Ephemeral, machine.Name)) throw new QemuException(ErrorId.NotSupported, $"'{machine.Name}' runs with disks that are not kept: there would be nothing to go on from.");
        // A device that has gone is none that the state could be for.
        await MachineDriveRemoval.CompleteAsync(machine, cancellation).ConfigureAwait(false);
        await MachineAdapterRemoval.CompleteAsync(machine, cancellation).ConfigureAwait(false);

        await using (var monitor = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, cancellation).ConfigureAwait(false))
        {
            if (!await IsSavedAsync(machine, monitor, cancellation).ConfigureAwait(false)) await WriteAsync(machine, request, monitor, marks, feedback, cancellation).ConfigureAwait(false);
        }

        await MachineStop.TurnOffLockedAsync(machine, feedback, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Lets a guest go on that was stopped to be saved, by somebody who did not live to see the end. The state is nothing to go on from once the guest has.</summary>
    internal static async Task GiveUpAsync(Machine machine, CancellationToken cancellation)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        await using var monitor = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        await new StateStream(monitor, NoFeedback.Instance, cancellation).AbandonAsync().ConfigureAwait(false);
        SavedState.Discard(machine);
        await monitor.ExecuteAsync("cont", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        new RuntimeMarks(machine.Folder).Clear(RuntimeMarks.Saving, machine.Name);
    }

    /// <summary>The machine was saved, and whoever did it did not live to end its QEMU.</summary>
    internal static async Task<bool> IsSavedAsync(Machine machine, QmpConnection monitor, CancellationToken cancellation) =>
        SavedState.Exists(machine) && await RunStateAsync(monitor, cancellation).ConfigureAwait(false) == "postmigrate";

    private static async Task WriteAsync(Machine machine, SaveRequest request, QmpConnection monitor, RuntimeMarks marks, IFeedback feedback, CancellationToken cancellation)
    {
        SavedState.Discard(machine);
        if (request.Path is not null) StateFile.RequireNew(request.Path);
        var wasRunning = await StopGuestAsync(machine, monitor, marks, cancellation).ConfigureAwait(false);
        try
        {
            await StreamAsync(machine, request, monitor, wasRunning, feedback, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (machine.FindProcess() is not null)
        {
            SavedState.DiscardPartial(machine);
            if (wasRunning) await monitor.ExecuteAsync("cont", null, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
            marks.Clear(RuntimeMarks.Saving, machine.Name);
            if (error is QemuException or IOException) throw Failed(machine, error, "It runs on as before");
            throw;
        }
        catch (Exception error) when (error is QemuException or IOException)
        {
            SavedState.DiscardPartial(machine);
            throw Failed(machine, error, "It is off, and its disks are as after a power failure");
        }
    }

    private static QemuException Failed(Machine machine, Exception error, string now) =>
        new(ErrorId.VmSaveFailed, $"The state of '{machine.Name}' could not be saved: {error.Message}. {now}.", inner: error);

    // Returns whether the guest ran, before this or before an attempt that nobody finished.
    private static async Task<bool> StopGuestAsync(Machine machine, QmpConnection monitor, RuntimeMarks marks, CancellationToken cancellation)
    {
        if (marks.Has(RuntimeMarks.Saving, machine.Name)) await new StateStream(monitor, NoFeedback.Instance, cancellation).AbandonAsync().ConfigureAwait(false);
        var state = await RunStateAsync(monitor, cancellation).ConfigureAwait(false);
        if (state is not ("running" or "paused" or "prelaunch" or "postmigrate"))
        {
            throw new QemuException(ErrorId.VmNotRunning, $"'{machine.Name}' cannot be saved: QEMU says '{state}'.");
        }

        // A machine that was streamed once cannot be streamed again before it has run (migration/migration.c).
        if (state == "postmigrate") await monitor.ExecuteAsync("cont", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var wasRunning = state == "running" || marks.Has(RuntimeMarks.Saving, machine.Name);
        if (wasRunning) marks.Set(RuntimeMarks.Saving, machine.Name);
        if (state is "running" or "postmigrate") await monitor.ExecuteAsync("stop", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return wasRunning;
    }

    private static async Task StreamAsync(Machine machine, SaveRequest request, QmpConnection monitor, bool wasRunning, IFeedback feedback, CancellationToken cancellation)
    {
        var build = await MachineBuild.ReadAsync(machine, monitor, cancellation).ConfigureAwait(false);
        // A state that nobody can go on from is refused while the guest is there.
        build.RequireKnown(machine);
        string path;
        await using (var file = new StateFile(machine).Create(request.Path))
        {
            path = file.Name;
            feedback.Verbose($"'{machine.Name}': writing its state to '{request.Path ?? machine.SavedStatePath}'.");
            await new StateStream(monitor, feedback, cancellation).WriteAsync(file, request.Compress, $"Saving {machine.Name}").ConfigureAwait(false);
            file.Flush(flushToDisk: true);
            if (request.Compress) await TellRatioAsync(machine, monitor, file.Length, feedback, cancellation).ConfigureAwait(false);
        }

        var state = new SavedState
        {
            Build = build,
            WasRunning = wasRunning,
            QemuVersion = monitor.Version.ToString(),
            Disks = SavedDisk.Of(build.Definition),
            Fingerprint = StateFingerprint.Of(path),
        };
        state.Commit(machine);
    }

    private static async Task TellRatioAsync(Machine machine, QmpConnection monitor, long length, IFeedback feedback, CancellationToken cancellation)
    {
        var migration = await monitor.ExecuteAsync("query-migrate", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        if (!migration.TryGetProperty("ram", out var memory)) return;
        var written = memory.GetProperty("transferred").GetInt64();
        feedback.Verbose($"'{machine.Name}': {length >> 20} MiB for {written >> 20} MiB, {100.0 * length / Math.Max(1, written):0} %.");
    }

    private static async Task<string> RunStateAsync(QmpConnection monitor, CancellationToken cancellation)
    {
        var status = await monitor.ExecuteAsync("query-status", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return status.GetProperty("status").GetString()!;
    }
}
