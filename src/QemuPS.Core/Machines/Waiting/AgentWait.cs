using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Waits for the agent in a guest: until it has opened its port, which QEMU tells, and then until it answers.</summary>
internal static class AgentWait
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Machine machine, IFeedback feedback, CancellationToken stop)
    {
        await using var monitor = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, stop).ConfigureAwait(false);
        var devices = await monitor.ExecuteAsync("query-chardev", null, Machine.AnswerTimeout, stop).ConfigureAwait(false);
        var listens = MachineAgent.IsListening(devices) ?? throw MachineAgent.NoChannel(machine);
        while (true)
        {
            if (!listens) await UntilOpenedAsync(monitor, stop).ConfigureAwait(false);
            if (await AnswersAsync(machine, feedback, stop).ConfigureAwait(false)) return;
            listens = await MachineAgent.IsListeningAsync(machine, stop).ConfigureAwait(false);
        }
    }

    private static async Task UntilOpenedAsync(QmpConnection monitor, CancellationToken stop)
    {
        await foreach (var told in monitor.ReadEventsAsync(stop).ConfigureAwait(false))
        {
            if (told.Name == "VSERPORT_CHANGE" && told.Data.GetProperty("id").GetString() == CommandLineBuilder.AgentPort && told.Data.GetProperty("open").GetBoolean()) return;
        }

        // QEMU has gone: who watches its process says so.
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
    }

    private static async Task<bool> AnswersAsync(Machine machine, IFeedback feedback, CancellationToken stop)
    {
        try
        {
            await using var agent = await GuestAgentConnection.ConnectAsync(machine.Folder.AgentSocket, AnswerPatience, stop).ConfigureAwait(false);
            return true;
        }
        catch (QemuException error) when (error.Id == ErrorId.GuestAgentTimeout)
        {
            feedback.Verbose($"'{machine.Name}': {error.Message}");
            return false;
        }
    }
}
