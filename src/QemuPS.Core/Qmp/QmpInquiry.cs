using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Qmp;

/// <summary>
/// A few questions to a monitor in one go: negotiation and questions are sent together, before the greeting has come,
/// for QEMU carries commands out in the order they arrive. For those who look at a hundred machines.
/// </summary>
public static class QmpInquiry
{
    private const int BufferSize = 16 << 10;

    /// <summary>Asks, and returns the answers in the questions' order.</summary>
    /// <param name="path">The monitor's socket.</param>
    /// <param name="questions">Commands that change nothing: <c>query-status</c>.</param>
    /// <param name="timeout">How long it all may take.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException">What <see cref="QmpConnection.ConnectAsync"/> and <see cref="QmpConnection.ExecuteAsync"/> throw for the same reasons.
    /// A question that QEMU refuses is no error: its answer is an undefined element.</exception>
    public static async Task<QmpAnswers> AskAsync(string path, IReadOnlyList<QmpQuestion> questions, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(questions);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        var conversation = new Conversation(path, questions);
        try
        {
            using var socket = await QmpConnection.OpenAsync(path, timeout, limit.Token).ConfigureAwait(false);
            return await conversation.HoldAsync(socket, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw conversation.TookTooLong(timeout);
        }
    }

    private sealed class Conversation(string path, IReadOnlyList<QmpQuestion> questions)
    {
        private readonly JsonElement[] _answers = new JsonElement[questions.Count];
        private int _peer;
        private int _answered;
        private JsonElement? _greeting;

        public async Task<QmpAnswers> HoldAsync(Socket socket, CancellationToken cancellation)
        {
            _peer = PeerCredentials.ProcessId(socket);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                await SendAsync(socket, cancellation).ConfigureAwait(false);
                var filled = 0;
                while (_answered < questions.Count)
                {
                    if (filled == buffer.Length) buffer = Grow(buffer);
                    var count = await socket.ReceiveAsync(buffer.AsMemory(filled), cancellation).ConfigureAwait(false);
                    if (count == 0) throw Ended();
                    filled = TakeLines(buffer, filled + count);
                }

                return new QmpAnswers(_peer, QmpConnection.VersionOf(_greeting!.Value), _answers);
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
            {
                throw QmpConnection.NotQmp(path, error.Message, error);
            }
            catch (SocketException error)
            {
                throw new QemuException(ErrorId.QmpConnectionFailed, $"The connection to QEMU (pid {_peer}) at '{path}' broke: {error.Message}.", inner: error);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        public QemuException TookTooLong(TimeSpan timeout)
        {
            if (_peer == 0) return QmpConnection.Crowded(path, timeout);
            return _greeting is null
                ? QmpConnection.NotGreeted(_peer, path, timeout)
                : new QemuException(ErrorId.QmpTimeout, $"QEMU (pid {_peer}) did not answer '{questions[_answered].Command}' within {timeout.TotalSeconds:0.#} s.");
        }

        private async Task SendAsync(Socket socket, CancellationToken cancellation)
        {
            var text = new StringBuilder("""{"execute":"qmp_capabilities"}""").Append('\n');
            for (var i = 0; i < questions.Count; i++) text.Append(questions[i].ToRequest(i)).Append('\n');
            await socket.SendAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation).ConfigureAwait(false);
        }

        // Takes what is complete, moves the rest to the beginning, and returns its length.
        private int TakeLines(byte[] buffer, int filled)
        {
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                Take(Parse(buffer.AsSpan(start, length)));
                start += length + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            return filled - start;
        }

        private void Take(JsonElement message)
        {
            if (_greeting is null)
            {
                _greeting = message.TryGetProperty("QMP", out var greeting) ? greeting : throw QmpConnection.NotQmp(path, "there is no greeting");
            }
            else if (message.TryGetProperty("id", out var id))
            {
                if (message.TryGetProperty("return", out var answer)) _answers[id.GetInt32()] = answer;
                _answered++;
            }
        }

        private static JsonElement Parse(ReadOnlySpan<byte> line)
        {
            var reader = new Utf8JsonReader(line);
            return JsonElement.ParseValue(ref reader);
        }

        private QemuException Ended() => _greeting is null
            ? QmpConnection.NotQmp(path, "the connection was closed")
            : new QemuException(ErrorId.QmpOutcomeUnknown, $"QEMU (pid {_peer}) closed the connection before it answered '{questions[_answered].Command}'.");

        private static byte[] Grow(byte[] buffer)
        {
            var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(buffer);
            return larger;
        }
    }
}

/// <summary>A question to a monitor: a command that changes nothing.</summary>
/// <param name="Command">The command's name.</param>
/// <param name="Arguments">Its arguments, or null.</param>
public sealed record QmpQuestion(string Command, JsonObject? Arguments = null)
{
    /// <summary>A command of the human monitor; its text is the answer.</summary>
    public static QmpQuestion Hmp(string commandLine) => new("human-monitor-command", new JsonObject { ["command-line"] = commandLine });

    internal string ToRequest(int id)
    {
        var request = new JsonObject { ["execute"] = Command, ["id"] = id };
        if (Arguments is not null) request["arguments"] = Arguments.DeepClone();
        return request.ToJsonString();
    }
}

/// <summary>What a monitor answered.</summary>
/// <param name="PeerProcessId">The process at the other end, as the kernel knows it.</param>
/// <param name="Version">QEMU's version.</param>
/// <param name="Answers">An answer to each question, undefined where QEMU refused it.</param>
public sealed record QmpAnswers(int PeerProcessId, Version Version, IReadOnlyList<JsonElement> Answers);
