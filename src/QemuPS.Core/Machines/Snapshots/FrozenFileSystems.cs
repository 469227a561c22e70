using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>A guest's file systems at rest (qga/qapi-schema.json of QEMU, guest-fsfreeze-freeze): what they had to write is on the disks. They go on when this ends.</summary>
internal sealed class FrozenFileSystems : IAsyncDisposable
{
    private static readonly TimeSpan FreezeTimeout = TimeSpan.FromSeconds(60);
    private readonly GuestAgentConnection _agent;
    private readonly IFeedback _feedback;

    private FrozenFileSystems(GuestAgentConnection agent, IFeedback feedback)
    {
        _agent = agent;
        _feedback = feedback;
    }

    /// <summary>Brings them to rest.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentTimeout"/>, and what the agent says; they are not at rest then.</exception>
    public static async Task<FrozenFileSystems> FreezeAsync(GuestAgentConnection agent, IFeedback feedback, CancellationToken cancellation)
    {
        var frozen = new FrozenFileSystems(agent, feedback);
        try
        {
            var count = await frozen._agent.ExecuteAsync("guest-fsfreeze-freeze", null, FreezeTimeout, cancellation).ConfigureAwait(false);
            feedback.Verbose($"{count} file systems of the guest are at rest.");
            return frozen;
        }
        catch
        {
            // Those that are at rest already, or will be when the guest gets round to it.
            await frozen.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets file systems go on that a killed shell has left at rest.</summary>
    public static async Task ThawLeftAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            await using var agent = await GuestAgentConnection.ConnectAsync(machine.Folder.AgentSocket, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            await using var frozen = new FrozenFileSystems(agent, feedback);
        }
        catch (QemuException error)
        {
            feedback.Warning($"Whether the file systems of '{machine.Name}' are at rest still could not be asked: {error.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _agent.ExecuteAsync("guest-fsfreeze-thaw", null, FreezeTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (QemuException error)
        {
            _feedback.Warning($"The guest's file systems may be at rest still: {error.Message} Its console can let them go on (fsfreeze --unfreeze), and a restart.");
        }
    }
}
