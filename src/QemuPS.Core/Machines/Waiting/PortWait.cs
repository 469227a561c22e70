using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>
/// Waits for a TCP port of a guest behind QEMU's user-mode network. That network takes every connection at the host's port at
/// once, whatever the guest does; whether the guest took it shows in its own list alone, which nothing announces.
/// </summary>
internal static partial class PortWait
{
    // A guest answers in milliseconds when it does; slirp itself repeats what was not answered after seconds only.
    private static readonly TimeSpan[] Looks = [.. new[] { 10, 20, 50, 100, 200, 400 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(250);

    public static async Task RunAsync(Machine machine, int guestPort, CancellationToken stop)
    {
        var forward = FindForward(machine, await ConnectionsAsync(machine, stop).ConfigureAwait(false), guestPort);
        while (!await AnswersAsync(machine, forward, stop).ConfigureAwait(false)) await Task.Delay(TryAgainAfter, stop).ConfigureAwait(false);
    }

    private static async Task<bool> AnswersAsync(Machine machine, Line forward, CancellationToken stop)
    {
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(forward.Address, forward.HostPort, stop).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            throw new QemuException(ErrorId.VmNotRunning, $"Nobody listens at {forward.Address}:{forward.HostPort}: {error.Message}.", inner: error);
        }

        foreach (var look in Looks)
        {
            await Task.Delay(look, stop).ConfigureAwait(false);
            // A guest that refuses has the connection closed; one that speaks first has answered.
            if (client.Poll(0, SelectMode.SelectRead)) return client.Available > 0;
            var lines = await ConnectionsAsync(machine, stop).ConfigureAwait(false);
            if (lines.Any(line => line.State == "ESTABLISHED" && line.HostPort == forward.HostPort && line.GuestPort == forward.GuestPort)) return true;
        }

        return false;
    }

    internal static Line FindForward(Machine machine, IReadOnlyList<Line> lines, int guestPort) =>
        lines.FirstOrDefault(line => line.State == "HOST_FORWARD" && line.GuestPort == guestPort)
        ?? throw new QemuException(
            ErrorId.InvalidOption,
            $"No port of the host is forwarded to TCP port {guestPort} of '{machine.Name}', so it cannot be reached.",
            $"New-QemuVm ... -PortForward '0:{guestPort}'");

    internal static async Task<IReadOnlyList<Line>> ConnectionsAsync(Machine machine, CancellationToken stop)
    {
        var arguments = new System.Text.Json.Nodes.JsonObject { ["command-line"] = "info usernet" };
        var text = await machine.ExecuteAsync("human-monitor-command", arguments, Machine.AnswerTimeout, stop).ConfigureAwait(false);
        return Parse(text.GetString()!);
    }

    internal static IReadOnlyList<Line> Parse(string usernet) =>
        [.. Row().Matches(usernet).Select(row => new Line(
            row.Groups["state"].Value,
            AddressOf(row.Groups["address"].Value),
            Number(row.Groups["host"]),
            Number(row.Groups["guest"])))];

    private static IPAddress AddressOf(string text) =>
        IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) ? address : IPAddress.Loopback;

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    //   TCP[HOST_FORWARD]  14       127.0.0.1 39381       10.0.2.15    22     0     0
    [GeneratedRegex(@"^\s*TCP\[(?<state>\w+)\]\s+-?\d+\s+(?<address>\S+)\s+(?<host>\d+)\s+\S+\s+(?<guest>\d+)\s", RegexOptions.Multiline)]
    private static partial Regex Row();

    internal sealed record Line(string State, IPAddress Address, int HostPort, int GuestPort);
}
