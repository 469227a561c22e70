using System.Diagnostics;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// Asks a guest to shut down until its QEMU has ended: its agent first, which cannot overhear it, then the power button,
/// again and again, for a guest that is still in its firmware or boot loader misses it.
/// </summary>
internal sealed class ShutdownLadder(Machine machine, ProcessHandle process, VmStopMethod method, IFeedback feedback, CancellationToken cancellation)
{
    private static readonly TimeSpan AgentPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);

    private string? _agent;
    private int _presses;

    /// <summary>Goes up the ladder.</summary>
    /// <param name="timeout">How long the guest may take in all.</param>
    /// <returns>Null when QEMU has ended, else why not, as the end of a sentence.</returns>
    public async Task<string?> ClimbAsync(TimeSpan timeout)
    {
        var start = Stopwatch.GetTimestamp();
        if (await WhyNotNowAsync().ConfigureAwait(false) is { } reason) return reason;
        if (method != VmStopMethod.Acpi)
        {
            var asked = await AskAgentAsync().ConfigureAwait(false);
            if (method == VmStopMethod.Agent && !asked) return $"its guest was asked by its agent alone, in vain: {_agent?.TrimEnd('.')}";
            if (asked && await EndsWithinAsync(method == VmStopMethod.Agent ? Left() : Shorter(Left(), AskAgainAfter)).ConfigureAwait(false)) return null;
        }

        while (method != VmStopMethod.Agent)
        {
            if (await PressPowerButtonAsync().ConfigureAwait(false) is { } refusal) return refusal;
            if (await EndsWithinAsync(Shorter(Left(), AskAgainAfter)).ConfigureAwait(false)) return null;
            if (Left() <= TimeSpan.Zero) break;
        }

        return $"its guest did not shut down within {timeout.TotalSeconds:0} s. {Tried()}";

        TimeSpan Left() => timeout - Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan patience) =>
        left < patience ? left < TimeSpan.Zero ? TimeSpan.Zero : left : patience;

    private Task<bool> EndsWithinAsync(TimeSpan patience) => process.WaitForExitAsync(patience, cancellation);

    private string Tried()
    {
        var agent = _agent is null ? "the agent was not asked" : $"the agent: {_agent.TrimEnd('.')}";
        return method == VmStopMethod.Agent ? $"Tried {agent}" : $"Tried {agent}; the ACPI power button: pressed {_presses} time{(_presses == 1 ? "" : "s")}";
    }

    private async Task<string?> WhyNotNowAsync()
    {
        try
        {
            var status = await machine.ExecuteAsync("query-status", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            var runState = status.GetProperty("status").GetString()!;
            return VmStates.FromRunState(runState) is VmState.Running or VmState.Suspended ? null : $"its guest is not running ({runState}) and cannot shut down";
        }
        catch (QemuException error)
        {
            return HasEnded() ? null : $"QEMU does not answer: {error.Message}";
        }
    }

    private async Task<bool> AskAgentAsync()
    {
        try
        {
            await using var agent = await MachineAgent.ConnectAsync(machine, AgentPatience, cancellation).ConfigureAwait(false);
            feedback.Verbose($"'{machine.Name}': asking the guest's agent to shut down (guest-shutdown).");
            await agent.SendAsync("guest-shutdown", null, AgentPatience, cancellation).ConfigureAwait(false);
            _agent = "asked with guest-shutdown";
            return true;
        }
        catch (QemuException error)
        {
            _agent = error.Message;
            feedback.Verbose($"'{machine.Name}': {error.Message}");
            return false;
        }
    }

    private async Task<string?> PressPowerButtonAsync()
    {
        try
        {
            feedback.Verbose($"'{machine.Name}': pressing the ACPI power button (system_powerdown).");
            await machine.ExecuteAsync("system_powerdown", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            _presses++;
            return null;
        }
        catch (QemuException error)
        {
            // It may have ended while it was asked: that is what was wanted.
            return HasEnded() ? null : $"QEMU does not answer: {error.Message} {Tried()}";
        }
    }

    private bool HasEnded() => machine.FindProcess() != process.ProcessId;
}
