using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Tests.Qmp;

/// <summary>The agent's channel with a scripted agent behind it: what a real one does too rarely, or only when it is hostile.</summary>
public sealed class GuestAgentConnectionTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public GuestAgentConnectionTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
    }

    private string SocketPath => Path.Combine(_folder, "agent.sock");

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_agent_that_answers_is_asked()
    {
        var agent = PlayAgentAsync((_, answer) => answer("""{"return": {"version": "7.2.22"}}"""));
        await using var connection = await ConnectAsync();

        Assert.Equal("7.2.22", (await connection.ExecuteAsync("guest-info", null, Long, default)).GetProperty("version").GetString());
    }

    [Fact]
    public async Task What_was_meant_for_a_client_before_is_passed_over()
    {
        var agent = PlayAgentAsync(
            (_, answer) => answer("""{"return": 2}"""),
            before: [.. """{"return": {"half": """u8, 0xff, .. """{"return": 1}"""u8, (byte)'\n', .. "\u0001 not JSON \n"u8, 0xff, .. "[]\n"u8]);
        await using var connection = await ConnectAsync();

        Assert.Equal(2, (await connection.ExecuteAsync("guest-ping", null, Long, default)).GetInt32());
    }

    [Fact]
    public async Task An_answer_of_64_MiB_is_read()
    {
        var file = new string('x', 64 << 20);
        var agent = PlayAgentAsync((_, answer) => answer($$$"""{"return": {"buf-b64": "{{{file}}}"}}"""));
        await using var connection = await ConnectAsync();

        var answer = await connection.ExecuteAsync("guest-file-read", null, Long, default);

        Assert.Equal(file.Length, answer.GetProperty("buf-b64").GetString()!.Length);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_for_ever()
    {
        var part = new byte[1 << 20];
        Array.Fill(part, (byte)'x');
        var agent = Task.Run(async () =>
        {
            using var client = await _listener.AcceptAsync();
            try
            {
                while (true) await client.SendAsync(part);
            }
            catch (SocketException)
            {
            }
        });

        var error = await Assert.ThrowsAsync<QemuException>(ConnectAsync);

        Assert.Equal(ErrorId.GuestAgentNotConnected, error.Id);
        Assert.Contains("longer than 80 MiB", error.Message);
    }

    [Fact]
    public async Task A_channel_on_which_nobody_answers_is_a_timeout()
    {
        var agent = Task.Run(() => _listener.AcceptAsync());

        var error = await Assert.ThrowsAsync<QemuException>(() => GuestAgentConnection.ConnectAsync(SocketPath, Short, default));

        Assert.Equal(ErrorId.GuestAgentTimeout, error.Id);
    }

    [Fact]
    public async Task A_machine_without_a_channel_is_not_connected()
    {
        var error = await Assert.ThrowsAsync<QemuException>(() => GuestAgentConnection.ConnectAsync(SocketPath + ".none", Long, default));

        Assert.Equal(ErrorId.GuestAgentNotConnected, error.Id);
    }

    [Theory]
    [InlineData("""{"error": {"class": "CommandNotFound", "desc": "Command guest-exec has been disabled"}}""", ErrorId.GuestAgentCommandDisabled, "has been disabled")]
    [InlineData("""{"error": {"class": "GenericError", "desc": "Failed to open file"}}""", ErrorId.GuestAgentCommandFailed, "Failed to open file")]
    [InlineData("""{"error": 5}""", ErrorId.GuestAgentCommandFailed, "error")]
    [InlineData("[1]", ErrorId.GuestAgentCommandFailed, "not an answer")]
    [InlineData("{", ErrorId.GuestAgentCommandFailed, "not JSON")]
    public async Task A_refusal_is_told_apart_and_quoted(string told, ErrorId id, string words)
    {
        var agent = PlayAgentAsync((_, answer) => answer(told));
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("guest-exec", null, Long, default));

        Assert.Equal(id, error.Id);
        Assert.Contains(words, error.Message);
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_not_taken_for_the_next_one()
    {
        Action<string>? late = null;
        var agent = PlayAgentAsync((command, answer) =>
        {
            if (command == "slow") late = answer;
            else answer("""{"return": "fast"}""");
        }, onSync: () => late?.Invoke("""{"return": "slow"}"""));
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("slow", null, Short, default));

        Assert.Equal(ErrorId.GuestAgentTimeout, error.Id);
        Assert.Equal("fast", (await connection.ExecuteAsync("fast", null, Long, default)).GetString());
    }

    [Fact]
    public async Task A_channel_that_is_closed_in_the_middle_of_an_answer_is_an_error_at_once()
    {
        var agent = PlayAgentAsync((_, _) => throw new OperationCanceledException());
        await using var connection = await ConnectAsync();

        var error = await Assert.ThrowsAsync<QemuException>(() => connection.ExecuteAsync("guest-info", null, Long, default));

        Assert.Equal(ErrorId.GuestAgentNotConnected, error.Id);
    }

    [Fact]
    public async Task Commands_at_the_same_time_wait_for_each_other()
    {
        var agent = PlayAgentAsync((command, answer) => answer($$"""{"return": "{{command}}"}"""));
        await using var connection = await ConnectAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => connection.ExecuteAsync($"c{number}", null, Long, default)));

        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"c{number}"), answers.Select(answer => answer.GetString()));
    }

    private Task<GuestAgentConnection> ConnectAsync() => GuestAgentConnection.ConnectAsync(SocketPath, Long, default);

    // Answers what comes after the sentinel as the agent does; a command that throws closes the channel after half an answer.
    private Task PlayAgentAsync(Action<string, Action<string>> answer, byte[]? before = null, Action? onSync = null) => Task.Run(async () =>
    {
        using var client = await _listener.AcceptAsync();
        await using var stream = new NetworkStream(client);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        if (before is not null) await stream.WriteAsync(before);
        while (await reader.ReadLineAsync() is { } line)
        {
            using var request = JsonDocument.Parse(line[(line.LastIndexOf('\u00ff') + 1)..]);
            var command = request.RootElement.GetProperty("execute").GetString()!;
            if (command == "guest-sync-delimited")
            {
                onSync?.Invoke();
                var id = request.RootElement.GetProperty("arguments").GetProperty("id").GetInt64();
                await stream.WriteAsync((byte[])[0xff, .. Encoding.UTF8.GetBytes($$"""{"return": {{id}}}""" + "\n")]);
                continue;
            }

            try
            {
                answer(command, text => stream.Write(Encoding.UTF8.GetBytes(text + "\n")));
            }
            catch (OperationCanceledException)
            {
                await stream.WriteAsync("{\"return\": {\"ver"u8.ToArray());
                return;
            }
        }
    });
}
