using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>A program to run in a guest.</summary>
/// <param name="FilePath">The program: a path, or a name that the guest looks for on its PATH.</param>
/// <param name="Arguments">Its arguments, each as it shall see it.</param>
public sealed record GuestCommandRequest(string FilePath, IReadOnlyList<string> Arguments)
{
    /// <summary>All its variables, each as <c>NAME=value</c>; null for the agent's own.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>What it reads from its standard input; null for nothing.</summary>
    public string? Input { get; init; }

    /// <summary>How long it may run; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for as long as it takes.</summary>
    public TimeSpan Timeout { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;
}

/// <summary>Runs programs in guests (guest-exec, guest-exec-status of qga/qapi-schema.json).</summary>
public static class GuestCommand
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it and waits for its end. A program that fails is a result, not an error.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="request">What to run.</param>
    /// <param name="feedback">Hears what is lost.</param>
    /// <param name="cancellation">Stops the wait; the program goes on.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.GuestAgentNotConnected"/>, <see cref="ErrorId.GuestAgentTimeout"/>,
    /// <see cref="ErrorId.GuestAgentCommandDisabled"/>, <see cref="ErrorId.GuestAgentCommandFailed"/> when the guest cannot start the program.</exception>
    public static async Task<QemuGuestCommandResult> RunAsync(Machine machine, GuestCommandRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(feedback);
        await using var agent = new AgentSession(machine, AgentSession.UsualTimeout);
        var result = await RunAsync(agent, machine.Name, request, cancellation).ConfigureAwait(false);
        if (result.TimedOut) feedback.Warning($"'{request.FilePath}' goes on in the guest of '{machine.Name}', as process {result.ProcessId}.");
        if (result.IsTruncated) feedback.Warning($"'{request.FilePath}' wrote more than the agent of '{machine.Name}' keeps; the rest is lost. Have it write to a file there, and Copy-QemuGuestFile -FromGuest.");
        return result;
    }

    /// <summary>The same in a conversation that goes on.</summary>
    internal static async Task<QemuGuestCommandResult> RunAsync(AgentSession agent, string vmName, GuestCommandRequest request, CancellationToken cancellation)
    {
        var started = await agent.ExecuteAsync("guest-exec", Arguments(request), cancellation).ConfigureAwait(false);
        var process = started.Number("pid") ?? throw new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest's agent did not tell the process of '{request.FilePath}'.");
        var result = new QemuGuestCommandResult { VmName = vmName, FilePath = request.FilePath, ProcessId = process };
        var end = await EndAsync(agent, process, request.Timeout, cancellation).ConfigureAwait(false);
        return end is null ? result with { TimedOut = true } : Complete(result, end.Value);
    }

    // The agent only answers and never tells anything by itself (docs/interop/qemu-ga.rst), so an end has to be asked for: soon
    // at first, for most commands are short, then at intervals that nobody notices beside a command that takes so long.
    private static async Task<JsonElement?> EndAsync(AgentSession agent, long process, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        for (var pause = FirstLook; ; pause = Min(pause * 1.5, LongestPause))
        {
            var status = await agent.ExecuteAsync("guest-exec-status", new JsonObject { ["pid"] = process }, cancellation).ConfigureAwait(false);
            if (status.Flag("exited")) return status;
            var left = timeout < TimeSpan.Zero ? TimeSpan.MaxValue : timeout - clock.Elapsed;
            if (left <= TimeSpan.Zero) return null;
            await agent.YieldAsync().ConfigureAwait(false);
            await Task.Delay(Min(pause, left), cancellation).ConfigureAwait(false);
        }
    }

    private static JsonObject Arguments(GuestCommandRequest request)
    {
        var arguments = new JsonObject { ["path"] = request.FilePath, ["arg"] = ToArray(request.Arguments), ["capture-output"] = true };
        if (request.Environment is { } variables) arguments["env"] = ToArray(variables);
        if (request.Input is { } input) arguments["input-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(input));
        return arguments;
    }

    private static JsonArray ToArray(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];

    private static QemuGuestCommandResult Complete(QemuGuestCommandResult result, JsonElement end) => result with
    {
        ExitCode = (int?)end.Number("exitcode"),
        Signal = (int?)end.Number("signal"),
        StandardOutput = Encoding.UTF8.GetString(end.Bytes("out-data")),
        StandardError = Encoding.UTF8.GetString(end.Bytes("err-data")),
        IsTruncated = end.Flag("out-truncated") || end.Flag("err-truncated"),
    };

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
