using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// A conversation with the agent of a machine. Its channel serves one client at a time, so a long conversation lets go of it
/// now and then (<see cref="YieldAsync"/>): somebody else may have a short question.
/// </summary>
/// <param name="machine">The machine.</param>
/// <param name="timeout">How long each answer may take, the agent's first words included.</param>
internal sealed class AgentSession(Machine machine, TimeSpan timeout) : IAsyncDisposable
{
    /// <summary>How long an agent that lives needs at most, whatever the guest does besides.</summary>
    public static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(1);

    private GuestAgentConnection? _connection;
    private long _connectedAt;

    /// <summary>Asks the agent.</summary>
    /// <exception cref="QemuException">What <see cref="MachineAgent.ConnectAsync"/> and <see cref="GuestAgentConnection.ExecuteAsync"/> throw.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, CancellationToken cancellation)
    {
        if (_connection is null)
        {
            _connection = await MachineAgent.ConnectAsync(machine, timeout, cancellation).ConfigureAwait(false);
            _connectedAt = Stopwatch.GetTimestamp();
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = _connection.ExecuteAsync(command, arguments, timeout, stop.Token);
        var end = AgentEndAsync(stop.Token);
        var first = await Task.WhenAny(answer, end).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (first == end && !cancellation.IsCancellationRequested)
        {
            // Throws what kept it from looking, QEMU's end for instance.
            await end.ConfigureAwait(false);
            throw new QemuException(ErrorId.GuestAgentNotConnected, $"The agent in the guest of '{machine.Name}' ended before it had answered '{command}'.", $"Wait-QemuVm '{machine.Name}' -For GuestAgent", error);
        }
        finally
        {
            await end.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    /// <summary>Lets go of the channel where it has been held for long.</summary>
    public ValueTask YieldAsync() => Stopwatch.GetElapsedTime(_connectedAt) > LongestTurn ? DisposeAsync() : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }

    // The socket is QEMU's and stays open when the agent ends. QEMU would tell that by an event, but has four monitors only for
    // those who listen; an answer that is late is rare, and worth a question each second.
    private async Task AgentEndAsync(CancellationToken stop)
    {
        do await Task.Delay(Impatience, stop).ConfigureAwait(false);
        while (await MachineAgent.IsListeningAsync(machine, stop).ConfigureAwait(false));
    }
}
