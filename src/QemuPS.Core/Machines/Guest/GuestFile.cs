using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>A file in a guest that its agent has opened (guest-file-open and its relatives of qga/qapi-schema.json).</summary>
internal sealed class GuestFile : IAsyncDisposable
{
    // An answer has to come within the time of one, in a slow guest too.
    public const int PieceSize = 256 << 10;

    private readonly AgentSession _agent;
    private readonly long _handle;
    private bool _isClosed;

    private GuestFile(AgentSession agent, string path, long handle)
    {
        _agent = agent;
        Path = path;
        _handle = handle;
    }

    public string Path { get; }

    /// <summary>Opens it.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="path">The guest's path.</param>
    /// <param name="mode">As fopen(3) takes it: <c>rb</c>, <c>wb</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentCommandFailed"/> with the agent's words.</exception>
    public static async Task<GuestFile> OpenAsync(AgentSession agent, string path, string mode, CancellationToken cancellation)
    {
        var handle = await agent.ExecuteAsync("guest-file-open", new JsonObject { ["path"] = path, ["mode"] = mode }, cancellation).ConfigureAwait(false);
        return handle.ValueKind == System.Text.Json.JsonValueKind.Number && handle.TryGetInt64(out var number)
            ? new GuestFile(agent, path, number)
            : throw new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest's agent opened '{path}' and did not tell its handle.");
    }

    /// <summary>How long it is; 0 for what has no length, a file of /proc for instance.</summary>
    public async Task<long> LengthAsync(CancellationToken cancellation)
    {
        var end = await SeekAsync("end", cancellation).ConfigureAwait(false);
        await SeekAsync("set", cancellation).ConfigureAwait(false);
        return end;
    }

    /// <summary>Hands all of it over, piece by piece.</summary>
    public async Task ReadAllAsync(Func<ReadOnlyMemory<byte>, Task> take, CancellationToken cancellation)
    {
        while (true)
        {
            var answer = await _agent.ExecuteAsync("guest-file-read", With("count", PieceSize), cancellation).ConfigureAwait(false);
            var piece = answer.Bytes("buf-b64");
            if (piece.Length > 0) await take(piece).ConfigureAwait(false);
            if (answer.Flag("eof") || piece.Length == 0) return;
            await _agent.YieldAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Writes a piece.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentCommandFailed"/> where the guest's file system did not take all of it.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        var answer = await _agent.ExecuteAsync("guest-file-write", With("buf-b64", Convert.ToBase64String(piece.Span)), cancellation).ConfigureAwait(false);
        if (answer.Number("count") != piece.Length) throw new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest wrote {answer.Number("count") ?? 0} of {piece.Length} bytes to '{Path}'.");
        await _agent.YieldAsync().ConfigureAwait(false);
    }

    /// <summary>Closes it; what the guest could not write shows here at the latest.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        if (_isClosed) return;
        _isClosed = true;
        await _agent.ExecuteAsync("guest-file-close", With(null, null), cancellation).ConfigureAwait(false);
    }

    /// <summary>SHA-256 of all of it, computed here from what is read back.</summary>
    public async Task<byte[]> HashAsync(CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await ReadAllAsync(
            piece =>
            {
                hash.AppendData(piece.Span);
                return Task.CompletedTask;
            },
            cancellation).ConfigureAwait(false);
        return hash.GetHashAndReset();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed) return;
        try
        {
            await CloseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (QemuException)
        {
            // Something went wrong before, and that is told. An agent that has gone has closed its files.
        }
    }

    private async Task<long> SeekAsync(string whence, CancellationToken cancellation)
    {
        var arguments = With("offset", 0);
        arguments["whence"] = whence;
        var answer = await _agent.ExecuteAsync("guest-file-seek", arguments, cancellation).ConfigureAwait(false);
        return answer.Number("position") ?? 0;
    }

    private JsonObject With(string? name, JsonNode? value)
    {
        var arguments = new JsonObject { ["handle"] = _handle };
        if (name is not null) arguments[name] = value;
        return arguments;
    }
}
