using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>Stops and continues the guest of a running machine.</summary>
public static class MachineRun
{
    /// <summary>Stops the guest's processors; everything stays in memory.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/> when the machine is off, or its guest does not run.</exception>
    public static async Task SuspendAsync(Machine machine, CancellationToken cancellation)
    {
        var state = await StateAsync(machine, cancellation).ConfigureAwait(false);
        if (VmStates.FromRunState(state) == VmState.Paused) return;
        if (VmStates.FromRunState(state) != VmState.Running) throw CannotRun(machine, state, "cannot be suspended");
        await ExecuteAsync(machine, "stop", cancellation).ConfigureAwait(false);
    }

    /// <summary>Lets the guest go on: one that was suspended, was started paused, sleeps, or was stopped by a full disk.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/> when the machine is off, or its guest cannot go on.</exception>
    public static async Task ResumeAsync(Machine machine, CancellationToken cancellation)
    {
        var state = await StateAsync(machine, cancellation).ConfigureAwait(false);
        switch (VmStates.FromRunState(state))
        {
            case VmState.Running:
                return;
            case VmState.Saving:
            case VmState.Paused when new RuntimeMarks(machine.Folder).Has(RuntimeMarks.Saving, machine.Name):
                await MachineSave.GiveUpAsync(machine, cancellation).ConfigureAwait(false);
                return;
            case VmState.Suspended:
                await ExecuteAsync(machine, "system_wakeup", cancellation).ConfigureAwait(false);
                return;
            case VmState.Paused or VmState.Starting or VmState.RunningCritical:
                await ExecuteAsync(machine, "cont", cancellation).ConfigureAwait(false);
                return;
            default:
                throw CannotRun(machine, state, "cannot go on");
        }
    }

    /// <summary>Presses the reset button, and waits for what is to come after.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="wait">What is waited for afterwards; null for nothing.</param>
    /// <param name="timeout">How long.</param>
    /// <param name="feedback">Hears what is known meanwhile.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, and what <see cref="MachineWait.WaitAsync"/> throws.</exception>
    public static async Task ResetAsync(Machine machine, VmWait? wait, TimeSpan timeout, IFeedback feedback, CancellationToken cancellation)
    {
        // Who waits has to listen before it happens.
        var waiting = wait is null ? Task.CompletedTask : MachineWait.WaitAsync(machine, wait, timeout, feedback, cancellation);
        await ExecuteAsync(machine, "system_reset", cancellation).ConfigureAwait(false);
        await waiting.ConfigureAwait(false);
    }

    private static async Task<string> StateAsync(Machine machine, CancellationToken cancellation)
    {
        var status = await machine.ExecuteAsync("query-status", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return status.GetProperty("status").GetString()!;
    }

    private static Task<JsonElement> ExecuteAsync(Machine machine, string command, CancellationToken cancellation) =>
        machine.ExecuteAsync(command, null, Machine.AnswerTimeout, cancellation);

    private static QemuException CannotRun(Machine machine, string state, string what) =>
        new(ErrorId.VmNotRunning, $"The guest of '{machine.Name}' {what}: QEMU says '{state}'.");
}
