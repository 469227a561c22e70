using System.Net.Sockets;
using System.Text;

namespace QemuPS.Machines;

/// <summary>
/// Waits for an SSH server behind QEMU's user-mode network. The host's port takes connections whatever the guest does, and nothing
/// announces a server; the server speaks first (RFC 4253, 4.2), and its first words are what counts.
/// </summary>
internal static class SshWait
{
    private const string Greeting = "SSH-";

    // The server may say other lines before; a client has to put up with them.
    private const int LongestPreface = 16 << 10;
    private static readonly TimeSpan GreetingPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(250);

    public static async Task RunAsync(Machine machine, int guestPort, IFeedback feedback, CancellationToken stop)
    {
        var forward = PortWait.FindForward(machine, await PortWait.ConnectionsAsync(machine, stop).ConfigureAwait(false), guestPort);
        while (!await GreetsAsync(machine, forward, feedback, stop).ConfigureAwait(false)) await Task.Delay(TryAgainAfter, stop).ConfigureAwait(false);
    }

    private static async Task<bool> GreetsAsync(Machine machine, PortWait.Line forward, IFeedback feedback, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(GreetingPatience);
        try
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(forward.Address, forward.HostPort, limit.Token).ConfigureAwait(false);
            return await ReadGreetingAsync(client, limit.Token).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            // The guest has nobody at that port.
            feedback.Verbose($"'{machine.Name}': {error.Message}.");
            return false;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            feedback.Verbose($"'{machine.Name}': no SSH server greeted at {forward.Address}:{forward.HostPort} within {GreetingPatience.TotalSeconds:0} s.");
            return false;
        }
    }

    private static async Task<bool> ReadGreetingAsync(Socket client, CancellationToken limit)
    {
        var bytes = new byte[LongestPreface];
        for (var length = 0; length < bytes.Length;)
        {
            var count = await client.ReceiveAsync(bytes.AsMemory(length), limit).ConfigureAwait(false);
            if (count == 0) return false;
            length += count;
            if (Encoding.ASCII.GetString(bytes, 0, length).Split('\n').Any(line => line.StartsWith(Greeting, StringComparison.Ordinal))) return true;
        }

        return false;
    }
}
