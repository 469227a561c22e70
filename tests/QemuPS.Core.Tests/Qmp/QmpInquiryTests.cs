using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Tests.Qmp;

/// <summary>Questions in one go against a scripted monitor: what a real QEMU does too rarely to be waited for.</summary>
public sealed class QmpInquiryTests : IDisposable
{
    private const string Greeting = """{"QMP":{"version":{"qemu":{"micro":22,"minor":2,"major":7},"package":""},"capabilities":["oob"]}}""" + "\r\n";
    private const string Negotiated = """{"return":{}}""" + "\r\n";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    private static readonly QmpQuestion[] Two = [new("query-status"), new("query-kvm")];

    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public QmpInquiryTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(1);
    }

    private string SocketPath => Path.Combine(_folder, "qmp.sock");

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Each_question_gets_its_answer_whatever_comes_between()
    {
        var server = ServeAsync([Greeting + Negotiated[..5], Negotiated[5..] + """{"event":"STOP","timestamp":{"seconds":1,"microseconds":1}}""" + "\r\n", """{"return":{"enabled":true},"id":1}""" + "\r\n{\"return", "\":{\"status\":\"running\"},\"id\":0}\r\n"]);

        var answers = await QmpInquiry.AskAsync(SocketPath, Two, Long, default);

        Assert.Equal("running", answers.Answers[0].GetProperty("status").GetString());
        Assert.True(answers.Answers[1].GetProperty("enabled").GetBoolean());
        Assert.Equal(new Version(7, 2, 22), answers.Version);
        Assert.Equal(Environment.ProcessId, answers.PeerProcessId);
        var asked = (await server).TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("execute").GetString());
        Assert.Equal(["qmp_capabilities", "query-status", "query-kvm"], asked);
    }

    [Fact]
    public async Task A_question_that_is_refused_has_no_answer_and_the_others_have_theirs()
    {
        _ = ServeAsync([Greeting + Negotiated + """{"error":{"class":"CommandNotFound","desc":"no"},"id":0}""" + "\r\n" + """{"return":{"enabled":false},"id":1}""" + "\r\n"]);

        var answers = await QmpInquiry.AskAsync(SocketPath, Two, Long, default);

        Assert.Equal(JsonValueKind.Undefined, answers.Answers[0].ValueKind);
        Assert.False(answers.Answers[1].GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task An_answer_of_1_MiB_is_read()
    {
        _ = ServeAsync([Greeting + Negotiated + $$"""{"return":"{{new string('x', 1 << 20)}}","id":0}""" + "\r\n"]);

        Assert.Equal(1 << 20, (await QmpInquiry.AskAsync(SocketPath, [new("big")], Long, default)).Answers[0].GetString()!.Length);
    }

    [Theory]
    [InlineData("", ErrorId.QmpBusy)]
    [InlineData(Greeting + Negotiated, ErrorId.QmpTimeout)]
    public async Task A_monitor_that_is_silent_costs_no_more_than_the_timeout(string said, ErrorId id) =>
        await FailsWith(id, Short, said, stay: true);

    [Theory]
    [InlineData("", ErrorId.QmpConnectionFailed)]
    [InlineData(Greeting, ErrorId.QmpOutcomeUnknown)]
    [InlineData("SSH-2.0-OpenSSH\r\n", ErrorId.QmpConnectionFailed)]
    [InlineData("[]\r\n", ErrorId.QmpConnectionFailed)]
    [InlineData("{\"QMP\":{}}\r\n{\"return\":1,\"id\":0}\r\n{\"return\":1,\"id\":1}\r\n", ErrorId.QmpConnectionFailed)]
    [InlineData(Greeting + "{\"return\":1,\"id\":77}\r\n", ErrorId.QmpConnectionFailed)]
    [InlineData(Greeting + "{\"return\":1,\"id\":\"x\"}\r\n", ErrorId.QmpConnectionFailed)]
    public async Task What_ends_or_is_no_QMP_is_told_apart(string said, ErrorId id) => await FailsWith(id, Long, said, stay: false);

    [Fact]
    public async Task Who_comes_when_the_queue_is_full_waits_until_there_is_room()
    {
        // Nobody accepts: the kernel lets two wait and refuses the third.
        var waiting = Enumerable.Range(0, 2).Select(_ => QmpInquiry.AskAsync(SocketPath, Two, Long, default)).ToList();
        var crowded = await Assert.ThrowsAsync<QemuException>(() => QmpInquiry.AskAsync(SocketPath, Two, Short, default));
        var third = QmpInquiry.AskAsync(SocketPath, Two, Long, default);

        for (var i = 0; i < 3; i++) await ServeAsync([Greeting + Negotiated + """{"return":{},"id":0}""" + "\r\n" + """{"return":{},"id":1}""" + "\r\n"]);

        Assert.Equal(ErrorId.QmpBusy, crowded.Id);
        await Task.WhenAll([.. waiting, third]);
    }

    private async Task FailsWith(ErrorId id, TimeSpan timeout, string said, bool stay)
    {
        using var done = new CancellationTokenSource();
        var server = ServeAsync([said], stay ? done.Token : null);

        var error = await Assert.ThrowsAsync<QemuException>(() => QmpInquiry.AskAsync(SocketPath, Two, timeout, default));

        await done.CancelAsync();
        await server;
        Assert.Equal(id, error.Id);
    }

    // Says each part in a message of its own, and returns what it heard.
    private Task<string> ServeAsync(string[] parts, CancellationToken? stay = null) => Task.Run(async () =>
    {
        using var client = await _listener.AcceptAsync();
        var heard = new byte[4096];
        var count = await client.ReceiveAsync(heard);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            for (var sent = 0; sent < bytes.Length; sent += await client.SendAsync(bytes.AsMemory(sent))) { }
            await Task.Yield();
        }

        if (stay is { } end) await Task.Delay(Timeout.Infinite, end).ContinueWith(_ => { }, TaskScheduler.Default);
        return Encoding.UTF8.GetString(heard, 0, count);
    });
}
