using System.Net.Sockets;
using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Tests.Qmp;

/// <summary>The protocol against a scripted server: what a real QEMU does too rarely to be waited for.</summary>
public sealed class QmpConnectionTests : IDisposable
{
    private const string Greeting = """{"QMP":{"version":{"qemu":{"micro":22,"minor":2,"major":7},"package":""},"capabilities":["oob"]}}""";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public QmpConnectionTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
    }

    private string SocketPath => Path.Combine(_folder, "qmp.sock");

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_version_and_the_peer_are_known_after_the_greeting()
    {
        var server = ServeAsync((_, reply) => reply("{}"));
        await using var connection = await ConnectAsync();

        Assert.Equal(new Version(7, 2, 22), connection.Version);
        Assert.Equal(Environment.ProcessId, connection.PeerProcessId);
    }

    [Fact]
    public async Task Answers_find_their_commands_in_whatever_order_they_come()
    {
        var held = new List<Action>();
        var server = ServeAsync((command, reply) =>
        {
            if (command.Contains("qmp_capabilities", StringComparison.Ordinal))
            {
                reply("{}");
                return;
            }

            held.Add(() => reply($"\"{(command.Contains("first", StringComparison.Ordinal) ? 1 : 2)}\""));
            if (held.Count < 2) return;
            held[1]();
            held[0]();
        });
        await using var connection = await ConnectAsync();

        var first = connection.ExecuteAsync("first", null, Long, default);
        var second = connection.ExecuteAsync("second", null, Long, default);

        Assert.Equal("1", (await first).GetString());
        Assert.Equal("2", (await second).GetString());
    }

    [Fact]
    public async Task Questions_in_one_write_have_their_answers_in_order_and_none_where_one_was_refused()
    {
        var server = ServeAsync((command, reply) => reply(command.Contains("wrong", StringComparison.Ordinal) ? null : $"\"{JsonDocument.Parse(command).RootElement.GetProperty("execute").GetString()}\""));
        await using var connection = await ConnectAsync();

        var answers = await connection.AskAsync([new QmpQuestion("one"), new QmpQuestion("wrong"), new QmpQuestion("two")], Long, default);

        Assert.Equal(["one", null, "two"], answers.Select(answer => answer.ValueKind == JsonValueKind.Undefined ? null : answer.GetString()));
        Assert.Empty(await connection.AskAsync([], Long, default));
    }

    [Fact]
    public async Task Questions_of_which_one_is_not_answered_time_out_together()
    {
        var server = ServeAsync((command, reply) =>
        {
            if (!command.Contains("slow", StringComparison.Ordinal)) reply("{}");
        });
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.AskAsync([new QmpQuestion("quick"), new QmpQuestion("slow")], Short, default));

        Assert.Equal(ErrorId.QmpTimeout, error.Id);
    }

    [Fact]
    public async Task An_event_between_command_and_answer_is_kept_for_who_wants_it()
    {
        var server = ServeAsync((_, reply) => reply("{}"), before: """{"timestamp":{"seconds":1,"microseconds":5},"event":"STOP"}""");
        await using var connection = await ConnectAsync();

        await foreach (var told in connection.ReadEventsAsync(default))
        {
            Assert.Equal("STOP", told.Name);
            break;
        }
    }

    [Fact]
    public async Task An_answer_of_8_MiB_is_read()
    {
        var text = new string('x', 8 << 20);
        var server = ServeAsync((_, reply) => reply($"\"{text}\""));
        await using var connection = await ConnectAsync();

        Assert.Equal(text.Length, (await connection.ExecuteAsync("big", null, Long, default)).GetString()!.Length);
    }

    [Fact]
    public async Task A_server_that_does_not_greet_is_busy_or_hangs()
    {
        var error = await Assert.ThrowsAsync<QemuException>(() => QmpConnection.ConnectAsync(SocketPath, Short, default));

        Assert.Equal(ErrorId.QmpBusy, error.Id);
        Assert.Contains($"pid {Environment.ProcessId}", error.Message);
    }

    [Fact]
    public async Task A_command_that_is_not_answered_times_out()
    {
        var server = ServeAsync((command, reply) =>
        {
            if (command.Contains("qmp_capabilities", StringComparison.Ordinal)) reply("{}");
        });
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("query-status", null, Short, default));

        Assert.Equal(ErrorId.QmpTimeout, error.Id);
    }

    [Fact]
    public async Task A_connection_that_ends_before_the_answer_leaves_the_outcome_unknown()
    {
        using var close = new CancellationTokenSource();
        var server = ServeAsync(
            (command, reply) =>
            {
                if (command.Contains("qmp_capabilities", StringComparison.Ordinal)) reply("{}");
                else close.Cancel();
            },
            close: close.Token);
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("quit", null, Long, default));

        Assert.Equal(ErrorId.QmpOutcomeUnknown, error.Id);
    }

    [Fact]
    public async Task An_answer_of_64_MiB_is_read_in_pieces_of_any_size()
    {
        var text = new string('x', 64 << 20);
        var server = ServeAsync((_, reply) => reply($"\"{text}\""));
        await using var connection = await ConnectAsync();

        Assert.Equal(text.Length, (await connection.ExecuteAsync("big", null, Long, default)).GetString()!.Length);
    }

    [Theory]
    [InlineData("""{"return":{},"id":"nobody's"}""")]
    [InlineData("""{"return":{},"id":7}""")]
    [InlineData("""{"return":{},"id":{"a":[]}}""")]
    [InlineData("""{"return":{}}""")]
    public async Task An_answer_that_nobody_waits_for_is_dropped(string stray)
    {
        var server = ServeAsync((_, reply) => reply("1"), before: stray);
        await using var connection = await ConnectAsync();

        Assert.Equal(1, (await connection.ExecuteAsync("query-status", null, Long, default)).GetInt32());
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("""{"event":"STOP"}""")]
    [InlineData("""{"error":{"class":"GenericError","desc":"JSON parse error, stray 'x'"}}""")]
    public async Task After_what_is_not_QMP_the_outcome_is_unknown_and_the_error_says_why(string nonsense)
    {
        var stray = new TaskCompletionSource();
        var server = Task.Run(async () =>
        {
            using var client = await _listener.AcceptAsync();
            await using var stream = new NetworkStream(client);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true };
            await writer.WriteLineAsync(Greeting);
            await reader.ReadLineAsync();
            await writer.WriteLineAsync("""{"return":{},"id":"1"}""");
            await reader.ReadLineAsync();
            await writer.WriteLineAsync(nonsense);
            await stray.Task;
        });
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("quit", null, Long, default));
        stray.SetResult();

        Assert.Equal(ErrorId.QmpOutcomeUnknown, error.Id);
        Assert.Contains("is not QMP", error.Message);
    }

    [Fact]
    public async Task Out_of_band_is_negotiated_where_it_is_offered()
    {
        var negotiation = "";
        var oob = "";
        var server = ServeAsync((command, reply) =>
        {
            if (command.Contains("qmp_capabilities", StringComparison.Ordinal)) negotiation = command;
            else oob = command;
            reply("{}");
        });
        await using var connection = await ConnectAsync();
        await connection.ExecuteAsync("migrate-pause", null, Long, default, outOfBand: true);

        Assert.Contains("""{"enable":["oob"]}""", negotiation);
        Assert.Contains("""{"exec-oob":"migrate-pause",""", oob);
    }

    [Fact]
    public async Task QEMUs_refusal_is_quoted()
    {
        var server = ServeAsync((command, reply) =>
        {
            if (command.Contains("qmp_capabilities", StringComparison.Ordinal)) reply("{}");
            else reply(null);
        });
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("nonsense", null, Long, default));

        Assert.Equal(ErrorId.QmpCommandFailed, error.Id);
        Assert.Contains("no such thing", error.Message);
    }

    [Fact]
    public async Task Something_else_than_QMP_is_told_apart()
    {
        var server = Task.Run(async () =>
        {
            using var client = await _listener.AcceptAsync();
            await client.SendAsync("HTTP/1.1 400 Bad Request\r\n"u8.ToArray());
        });

        var error = await Assert.ThrowsAsync<QemuException>(() => QmpConnection.ConnectAsync(SocketPath, Long, default));

        Assert.Equal(ErrorId.QmpConnectionFailed, error.Id);
    }

    [Fact]
    public async Task A_socket_nobody_listens_at_is_an_error_at_once()
    {
        _listener.Dispose();

        var error = await Assert.ThrowsAsync<QemuException>(() => QmpConnection.ConnectAsync(SocketPath, Long, default));

        Assert.Equal(ErrorId.QmpConnectionFailed, error.Id);
    }

    [Fact]
    public async Task A_path_that_is_too_long_for_a_socket_is_said_to_be()
    {
        var error = await Assert.ThrowsAsync<QemuException>(() => QmpConnection.ConnectAsync("/" + new string('x', 200), Long, default));

        Assert.Contains("107 bytes", error.Message);
    }

    private Task<QmpConnection> ConnectAsync() => QmpConnection.ConnectAsync(SocketPath, Long, default);

    // Answers each line; a null result is an error.
    private Task ServeAsync(Action<string, Action<string?>> answer, string? before = null, CancellationToken close = default) => Task.Run(async () =>
    {
        using var client = await _listener.AcceptAsync();
        await using var stream = new NetworkStream(client);
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync(Greeting);
        if (before is not null) await writer.WriteLineAsync(before);
        while (!close.IsCancellationRequested && await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            var id = System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("id").GetString();
            answer(line, result => writer.WriteLine(result is null
                ? $$"""{"error":{"class":"GenericError","desc":"no such thing"},"id":"{{id}}"}"""
                : $$"""{"return":{{result}},"id":"{{id}}"}"""));
        }
    }, CancellationToken.None);
}
