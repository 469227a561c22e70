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
