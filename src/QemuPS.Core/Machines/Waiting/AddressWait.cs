namespace QemuPS.Machines;

/// <summary>Waits until a guest has an address. Its agent tells which it has when it is asked, and nothing by itself, so it is asked again and again.</summary>
internal static class AddressWait
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Machine machine, IFeedback feedback, CancellationToken stop)
    {
        await AgentWait.RunAsync(machine, feedback, stop).ConfigureAwait(false);
        for (var pause = FirstPause; !await HasAddressAsync(machine, feedback, stop).ConfigureAwait(false); pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause)
        {
            await Task.Delay(pause, stop).ConfigureAwait(false);
        }
    }

    private static async Task<bool> HasAddressAsync(Machine machine, IFeedback feedback, CancellationToken stop)
    {
        try
        {
            await using var agent = new AgentSession(machine, AgentSession.UsualTimeout);
            var interfaces = await agent.ExecuteAsync("guest-network-get-interfaces", null, stop).ConfigureAwait(false);
            return GuestAddresses.Reachable(interfaces.EnumerateArray().Select(GuestReader.ToInterface)).Count > 0;
        }
        catch (QemuException error) when (error.Id is ErrorId.GuestAgentTimeout or ErrorId.GuestAgentNotConnected)
        {
            // An agent that is started anew while the guest comes up.
            feedback.Verbose($"'{machine.Name}': {error.Message}");
            return false;
        }
    }
}
