using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Qmp;

/// <summary>
/// A connection to the QEMU guest agent in a machine (docs/interop/qemu-ga.rst, qga/qapi-schema.json). The socket is QEMU's:
/// it is there, and takes what is sent, whether or not an agent reads it. So nothing is believed before the agent has
/// answered <c>guest-sync-delimited</c>, and what an agent says is what a stranger says: read with limits.
/// </summary>
/// <remarks>The channel has no ids: one command is under way at a time, and after one that was given up both sides are brought into step again.</remarks>
public sealed class GuestAgentConnection : IAsyncDisposable
{
    // No byte of UTF-8: to the agent it ends whatever half a command was sent before, from the agent it tells where the answer begins.
    private const byte Sentinel = 0xff;

    // guest-file-read gives 48 MiB at once, which is 64 MiB in base64.
    private const int LongestAnswer = 80 << 20;

    private readonly Socket _socket;
    private readonly LineReader _reader;
    private readonly SemaphoreSlim _turn = new(1);
    private bool _inStep;

    private GuestAgentConnection(Socket socket)
    {
        _socket = socket;
        _reader = new LineReader(socket, LongestAnswer);
    }

    /// <summary>Connects and waits until the agent has answered.</summary>
    /// <param name="path">The socket of the agent's channel.</param>
    /// <param name="timeout">How long the agent may take.</param>
    /// <param name="cancellation">Stops the attempt.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentNotConnected"/> when there is no channel, <see cref="ErrorId.GuestAgentTimeout"/> when nobody answers on it.</exception>
    public static async Task<GuestAgentConnection> ConnectAsync(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        var connection = new GuestAgentConnection(await OpenAsync(path, timeout, cancellation).ConfigureAwait(false));
        try
        {
            await connection.InTurnAsync("guest-sync-delimited", timeout, _ => Task.FromResult(connection._inStep = true), cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command in the guest and returns what the agent returned.</summary>
    /// <param name="command">The command's name: <c>guest-info</c>.</param>
    /// <param name="arguments">Its arguments, or null.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="cancellation">Stops the wait; the agent may carry the command out all the same.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentTimeout"/>, <see cref="ErrorId.GuestAgentCommandDisabled"/> when this agent does not have the command or
    /// may not run it, <see cref="ErrorId.GuestAgentCommandFailed"/> with the agent's words, <see cref="ErrorId.GuestAgentNotConnected"/> when the channel was closed meanwhile.</exception>
    public Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, TimeSpan timeout, CancellationToken cancellation) =>
        InTurnAsync(command, timeout, limit => AskAsync(command, arguments, limit), cancellation);

    /// <summary>Sends a command that the agent answers only when it fails: <c>guest-shutdown</c>, <c>guest-suspend-ram</c>.</summary>
    public Task SendAsync(string command, JsonObject? arguments, TimeSpan timeout, CancellationToken cancellation) =>
        InTurnAsync(
            command,
            timeout,
            async limit =>
            {
                await WriteAsync(command, arguments, limit).ConfigureAwait(false);
                // An answer may come or not, so both sides stay out of step until somebody asks again.
                return true;
            },
            cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<Socket> OpenAsync(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            return await QmpConnection.OpenAsync(path, timeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpConnectionFailed)
        {
            throw new QemuException(ErrorId.GuestAgentNotConnected, $"The machine has no channel for a guest agent at '{path}'.", inner: error);
        }
    }

    private async Task<T> InTurnAsync<T>(string command, TimeSpan timeout, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return await InTurnAsync(work, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new QemuException(ErrorId.GuestAgentTimeout, $"The guest's agent did not answer '{command}' within {timeout.TotalSeconds:0.#} s.", inner: error);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new QemuException(ErrorId.GuestAgentNotConnected, $"The channel to the guest's agent broke before '{command}' was answered: {error.Message}.", inner: error);
        }
    }

    private async Task<T> InTurnAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken limit)
    {
        await _turn.WaitAsync(limit).ConfigureAwait(false);
        try
        {
            if (!_inStep) await SynchronizeAsync(limit).ConfigureAwait(false);
            _inStep = false;
            return await work(limit).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task SynchronizeAsync(CancellationToken cancellation)
    {
        var number = RandomNumberGenerator.GetInt32(int.MaxValue);
        byte[] request = [Sentinel, .. ToRequest("guest-sync-delimited", new JsonObject { ["id"] = number })];
        await SendAllAsync(request, cancellation).ConfigureAwait(false);
        // What was sent before, to us or to a client before us, comes first, whole or in part.
        while (!IsAnswer(await ReadLineAsync(cancellation).ConfigureAwait(false), number))
        {
        }

        _inStep = true;
    }

    private static bool IsAnswer(ReadOnlyMemory<byte> line, int number)
    {
        var sentinel = line.Span.LastIndexOf(Sentinel);
        if (sentinel < 0) return false;
        try
        {
            using var document = JsonDocument.Parse(line[(sentinel + 1)..]);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("return", out var answer)
                && answer.ValueKind == JsonValueKind.Number && answer.TryGetInt64(out var told) && told == number;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task<JsonElement> AskAsync(string command, JsonObject? arguments, CancellationToken cancellation)
    {
        await WriteAsync(command, arguments, cancellation).ConfigureAwait(false);
        var line = await ReadLineAsync(cancellation).ConfigureAwait(false);
        var answer = Parse(command, line);
        _inStep = true;
        return answer.TryGetProperty("return", out var result) ? result : throw Refused(command, answer);
    }

    private static JsonElement Parse(string command, ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest's agent answered '{command}' with what is not JSON: {error.Message}", inner: error);
        }

        throw new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest's agent answered '{command}' with what is not an answer.");
    }

    private static QemuException Refused(string command, JsonElement answer)
    {
        var error = answer.TryGetProperty("error", out var told) && told.ValueKind == JsonValueKind.Object ? told : default;
        var words = TextOf(error, "desc") ?? answer.GetRawText();
        // The same class for a command that was switched off as for one that the agent is too old for (qapi/qmp-dispatch.c).
        return TextOf(error, "class") == "CommandNotFound"
            ? new QemuException(ErrorId.GuestAgentCommandDisabled, $"The guest's agent does not run '{command}': {words}")
            : new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest's agent refused '{command}': {words}");
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private Task WriteAsync(string command, JsonObject? arguments, CancellationToken cancellation) =>
        SendAllAsync(ToRequest(command, arguments), cancellation);

    private static byte[] ToRequest(string command, JsonObject? arguments)
    {
        var request = new JsonObject { ["execute"] = command };
        if (arguments is not null) request["arguments"] = arguments.DeepClone();
        return Encoding.UTF8.GetBytes(request.ToJsonString() + "\n");
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, cancellation).ConfigureAwait(false)..];
    }

    private async Task<ReadOnlyMemory<byte>> ReadLineAsync(CancellationToken cancellation) =>
        await _reader.ReadAsync(cancellation).ConfigureAwait(false) ?? throw new IOException("QEMU closed it");
}
