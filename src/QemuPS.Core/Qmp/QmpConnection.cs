using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace QemuPS.Qmp;

/// <summary>
/// A connection to one QMP monitor (docs/interop/qmp-spec.txt of QEMU): greeting, negotiation, commands with
/// ids, and the events that come between. A monitor serves one client at a time, so a connection for commands
/// is kept short.
/// </summary>
public sealed class QmpConnection : IAsyncDisposable
{
    // The longest that QEMU gives is its schema, below a megabyte; what is read of files through a monitor is longer.
    private const int LongestAnswer = 256 << 20;
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromMilliseconds(10);

    private readonly string _path;
    private readonly Socket _socket;
    private readonly LineReader _reader;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _pending = new(StringComparer.Ordinal);
    private readonly Channel<QmpEvent> _events = Channel.CreateUnbounded<QmpEvent>();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _reading = Task.CompletedTask;
    private int _lastId;
    private string _ending = "closed the connection";

    private QmpConnection(string path, Socket socket)
    {
        _path = path;
        _socket = socket;
        _reader = new LineReader(socket, LongestAnswer);
        PeerProcessId = PeerCredentials.ProcessId(socket);
    }

    /// <summary>The process at the other end, as the kernel knows it (SO_PEERCRED, unix(7)).</summary>
    public int PeerProcessId { get; }

    /// <summary>QEMU's version from the greeting: <c>7.2.22</c>.</summary>
    public Version Version { get; private set; } = new(0, 0);

    /// <summary>Ends when the other side has closed the connection: QEMU's end, for whoever waits for it.</summary>
    public Task Closed => _reading;

    /// <summary>The events since the connection was made; the stream ends with the connection.</summary>
    public IAsyncEnumerable<QmpEvent> ReadEventsAsync(CancellationToken cancellation) => _events.Reader.ReadAllAsync(cancellation);

    /// <summary>Connects, waits for the greeting and negotiates.</summary>
    /// <param name="path">The socket's path; at most 107 bytes (unix(7), sun_path).</param>
    /// <param name="timeout">How long the greeting may take.</param>
    /// <param name="cancellation">Stops the attempt.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.QmpConnectionFailed"/> when nobody listens, <see cref="ErrorId.QmpBusy"/> when
    /// the monitor accepts the connection and does not greet: another client has it, or QEMU hangs.</exception>
    public static async Task<QmpConnection> ConnectAsync(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        var connection = new QmpConnection(path, await OpenAsync(path, timeout, cancellation).ConfigureAwait(false));
        try
        {
            await connection.NegotiateAsync(timeout, cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command and returns what QEMU returned.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="arguments">Its arguments, or null.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="cancellation">Stops the wait; QEMU may carry the command out all the same.</param>
    /// <param name="outOfBand">Runs it ahead of others that are under way (<c>exec-oob</c>); few commands can.</param>
    /// <param name="file">An open file that goes along, for <c>add-fd</c> and <c>getfd</c>.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.QmpCommandFailed"/> with QEMU's words, <see cref="ErrorId.QmpTimeout"/>,
    /// <see cref="ErrorId.QmpOutcomeUnknown"/> when the connection ends before the answer.</exception>
    public async Task<JsonElement> ExecuteAsync(
        string command, JsonObject? arguments, TimeSpan timeout, CancellationToken cancellation, bool outOfBand = false, SafeHandle? file = null)
    {
        var id = NextId();
        var request = ToRequest(command, arguments, id, outOfBand);
        var replies = await ExchangeAsync(command, [id], request, file, timeout, cancellation).ConfigureAwait(false);
        return ToResult(command, replies[0]);
    }

    /// <summary>Asks several questions in one write, and returns the answers in the questions' order: one round trip for all of them.</summary>
    /// <param name="questions">Commands that change nothing.</param>
    /// <param name="timeout">How long all answers together may take.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <returns>An answer to each question, undefined where QEMU refused it.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.QmpTimeout"/>, <see cref="ErrorId.QmpOutcomeUnknown"/>.</exception>
    public async Task<IReadOnlyList<JsonElement>> AskAsync(IReadOnlyList<QmpQuestion> questions, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(questions);
        if (questions.Count == 0) return [];
        var ids = questions.Select(_ => NextId()).ToArray();
        var requests = string.Join('\n', questions.Select((question, index) => ToRequest(question.Command, question.Arguments, ids[index], outOfBand: false)));
        var replies = await ExchangeAsync(questions[0].Command, ids, requests, file: null, timeout, cancellation).ConfigureAwait(false);
        return [.. replies.Select(reply => reply.TryGetProperty("return", out var answer) ? answer : default)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading.ConfigureAwait(false);
        _sending.Dispose();
    }

    internal static Version VersionOf(JsonElement greeting)
    {
        var version = greeting.GetProperty("version").GetProperty("qemu");
        return new Version(version.GetProperty("major").GetInt32(), version.GetProperty("minor").GetInt32(), version.GetProperty("micro").GetInt32());
    }

    internal static QemuException NotGreeted(int peer, string path, TimeSpan timeout) => new(
        ErrorId.QmpBusy,
        $"QEMU (pid {peer}) took the connection at '{path}' and said nothing for {timeout.TotalSeconds:0.#} s: another client holds its monitor, or it hangs.");

    internal static QemuException Crowded(string path, TimeSpan timeout) =>
        new(ErrorId.QmpBusy, $"The monitor at '{path}' has more clients waiting than it takes, and served none for {timeout.TotalSeconds:0.#} s.");

    internal static QemuException NotQmp(string path, string why, Exception? inner = null) =>
        new(ErrorId.QmpConnectionFailed, $"What listens at '{path}' does not speak QMP: {why}", inner: inner);

    internal static async Task<Socket> OpenAsync(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await TryOpenAsync(path, cancellation).ConfigureAwait(false) is { } socket) return socket;
            if (Stopwatch.GetElapsedTime(start) > timeout) throw Crowded(path, timeout);
            // QEMU lets two clients wait behind the one it serves. The kernel tells nobody when there is room again.
            await Task.Delay(ConnectAgainAfter, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<Socket?> TryOpenAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
        {
            socket.Dispose();
            return null;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw error.SocketErrorCode == SocketError.AccessDenied
                ? new QemuException(ErrorId.AccessDenied, $"You may not talk to the machine at '{path}': it was started by another user.", inner: error)
                : new QemuException(ErrorId.QmpConnectionFailed, $"No QEMU listens at '{path}': {error.Message}.", inner: error);
        }
        catch (ArgumentOutOfRangeException error)
        {
            socket.Dispose();
            throw new QemuException(ErrorId.QmpConnectionFailed, $"The socket path '{path}' is longer than the 107 bytes a socket can have.", inner: error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string ToRequest(string command, JsonObject? arguments, string id, bool outOfBand)
    {
        var request = new JsonObject { [outOfBand ? "exec-oob" : "execute"] = command, ["id"] = id };
        if (arguments is not null) request["arguments"] = arguments.DeepClone();
        return request.ToJsonString();
    }

    private static JsonElement ToResult(string command, JsonElement reply)
    {
        if (!reply.TryGetProperty("error", out var error)) return reply.GetProperty("return");
        var words = error.GetProperty("desc").GetString();
        throw new QemuException(ErrorId.QmpCommandFailed, $"QEMU refused '{command}': {words}");
    }

    private async Task NegotiateAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var greeting = await ReadGreetingAsync(timeout, cancellation).ConfigureAwait(false);
        Version = VersionOf(greeting);
        _reading = Task.Run(ReadRepliesAsync, CancellationToken.None);

        var oob = greeting.GetProperty("capabilities").EnumerateArray().Any(capability => capability.GetString() == "oob");
        var arguments = oob ? new JsonObject { ["enable"] = new JsonArray("oob") } : null;
        await ExecuteAsync("qmp_capabilities", arguments, timeout, cancellation).ConfigureAwait(false);
    }

    private async Task<JsonElement> ReadGreetingAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            var line = await _reader.ReadAsync(limit.Token).ConfigureAwait(false);
            using var document = JsonDocument.Parse(line ?? throw new EndOfStreamException("the connection was closed"));
            return document.RootElement.GetProperty("QMP").Clone();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw NotGreeted(PeerProcessId, _path, timeout);
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw NotQmp(_path, error.Message, error);
        }
    }

    private string NextId() => Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);

    // Sends what has these ids and waits for a reply to each.
    private async Task<JsonElement[]> ExchangeAsync(
        string command, string[] ids, string requests, SafeHandle? file, TimeSpan timeout, CancellationToken cancellation)
    {
        var replies = ids.Select(id => _pending[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        try
        {
            await SendAsync(requests, file, cancellation).ConfigureAwait(false);
            // A connection that ended before the replies were registered has nobody left to complete them.
            if (_reading.IsCompleted) replies.ForEach(reply => reply.TrySetException(OutcomeUnknown(command)));
            return await Task.WhenAll(replies.Select(reply => reply.Task)).WaitAsync(timeout, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            throw new QemuException(ErrorId.QmpTimeout, $"QEMU (pid {PeerProcessId}) did not answer '{command}' within {timeout.TotalSeconds:0.#} s.", inner: error);
        }
        catch (IOException error)
        {
            throw new QemuException(ErrorId.QmpOutcomeUnknown, OutcomeUnknown(command).Message, inner: error);
        }
        finally
        {
            foreach (var id in ids) _pending.TryRemove(id, out _);
        }
    }

    private async Task SendAsync(string request, SafeHandle? file, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(request + "\n");
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (file is null) await _socket.SendAsync(bytes, cancellation).ConfigureAwait(false);
            else FileMessage.Send(_socket.SafeHandle, bytes, file);
        }
        catch (SocketException error)
        {
            throw new IOException(error.Message, error);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadRepliesAsync()
    {
        try
        {
            while (await _reader.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } line) Dispatch(line);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // However the connection ended, whoever waits learns it below.
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // After a line that cannot be understood nothing that follows can be trusted to belong together.
            _ending = $"sent what is not QMP ({error.Message})";
            _socket.Dispose();
        }

        _events.Writer.TryComplete();
        foreach (var reply in _pending.Values) reply.TrySetException(OutcomeUnknown("the command"));
    }

    // An answer to a command that nobody waits for any more, or never sent, is dropped.
    private void Dispatch(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var message = document.RootElement;
        if (message.TryGetProperty("event", out _))
        {
            _events.Writer.TryWrite(QmpEvent.Parse(message.Clone()));
        }
        else if (message.TryGetProperty("id", out var id))
        {
            if (id.ValueKind == JsonValueKind.String && _pending.TryGetValue(id.GetString()!, out var reply)) reply.TrySetResult(message.Clone());
        }
        else if (message.TryGetProperty("error", out var error))
        {
            // Without an id it is about our own words, which QEMU could not read (docs/interop/qmp-spec.txt, 2.4.2).
            throw new FormatException(error.GetRawText());
        }
    }

    private QemuException OutcomeUnknown(string command) =>
        new(ErrorId.QmpOutcomeUnknown, $"QEMU (pid {PeerProcessId}) {_ending} before it answered: whether '{command}' was carried out is not known.");
}
