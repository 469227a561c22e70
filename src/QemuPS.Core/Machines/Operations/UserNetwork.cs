using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// The forwards of a running QEMU's user-mode networks. No QMP command knows them, only the human monitor; what it refuses
/// it says in a reply that is a success.
/// </summary>
internal sealed partial class UserNetwork(QmpConnection connection, CancellationToken cancellation)
{
    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<LiveForward>> ReadAsync()
    {
        var found = new List<LiveForward>();
        var adapter = "";
        foreach (var line in (await AskAsync("info usernet").ConfigureAwait(false)).Split('\n'))
        {
            if (Header().Match(line) is { Success: true } header) adapter = header.Groups["id"].Value;
            if (Entry().Match(line) is not { Success: true } entry) continue;
            var protocol = Enum.Parse<VmPortProtocol>(entry.Groups["protocol"].Value, ignoreCase: true);
            found.Add(new LiveForward(adapter, protocol, entry.Groups["address"].Value, Number(entry.Groups["host"]), Number(entry.Groups["guest"])));
        }

        return found;
    }

    /// <summary>Adds a forward and tells the real one: with host port 0 the kernel has picked a free one.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.PortInUse"/> with the process that has the port, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public async Task<LiveForward> AddAsync(string adapter, VmPortForward forward)
    {
        var before = await ReadAsync().ConfigureAwait(false);
        var refusal = await AskAsync($"hostfwd_add {adapter} {NetworkArguments.Rule(forward)}").ConfigureAwait(false);
        if (refusal.Length > 0) throw Refused(forward, refusal);
        var after = await ReadAsync().ConfigureAwait(false);
        return after.FirstOrDefault(one => one.IsOf(adapter, forward) && !before.Contains(one))
            ?? throw new QemuException(ErrorId.LiveChangeFailed, $"QEMU took the forward {forward} and does not listen at it.");
    }

    /// <summary>Takes a forward away.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/></exception>
    public async Task RemoveAsync(LiveForward forward)
    {
        var rule = string.Create(CultureInfo.InvariantCulture, $"{forward.Protocol.ToString().ToLowerInvariant()}:{forward.HostAddress}:{forward.HostPort}");
        await AskAsync($"hostfwd_remove {forward.Adapter} {rule}").ConfigureAwait(false);
        // It says "removed" when it was, and something else when it was not: what counts is what is left.
        if ((await ReadAsync().ConfigureAwait(false)).Contains(forward)) throw new QemuException(ErrorId.LiveChangeFailed, $"QEMU still listens at {rule}.");
    }

    // QEMU names the rule and not the reason; to try the port oneself tells it.
    private static QemuException Refused(VmPortForward forward, string refusal)
    {
        if (forward.HostPort != 0 && PortPreflight.Examine(forward, $"Port {forward.HostPort}") is { IsFailure: true } found) return found.ToException();
        return new QemuException(ErrorId.LiveChangeFailed, $"QEMU refused the forward {forward}: {refusal}");
    }

    private async Task<string> AskAsync(string line)
    {
        var reply = await connection.ExecuteAsync("human-monitor-command", new JsonObject { ["command-line"] = line }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return reply.GetString()!.Trim();
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    // Hub -1 (net0):
    [GeneratedRegex(@"^\S.*\((?<id>[^)]+)\):\s*$")]
    private static partial Regex Header();

    //   TCP[HOST_FORWARD]  14       127.0.0.1 39381       10.0.2.15    22     0     0
    [GeneratedRegex(@"^\s*(?<protocol>TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(?<address>\S+)\s+(?<host>\d+)\s+\S+\s+(?<guest>\d+)\s")]
    private static partial Regex Entry();
}
