using QemuPS.Processes;

namespace QemuPS.Tests.Processes;

public sealed class QemuProcessTests
{
    [Theory]
    [InlineData("-name guest=web,debug-threads=on", "web")]
    [InlineData("-name web,process=x", "web")]
    [InlineData("--name we,,b", "we,b")]
    [InlineData("-name debug-threads=on,guest=w", "w")]
    [InlineData("-m 4G", null)]
    public void The_name_of_a_machine_is_found_however_it_was_given(string words, string? name) =>
        Assert.Equal(name, Of(words).Name);

    [Theory]
    [InlineData("-qmp unix:/run/a.sock,server=on,wait=off", "/run/a.sock")]
    [InlineData("-qmp unix:a.sock,server", "/home/me/a.sock")]
    [InlineData("-qmp tcp:localhost:4444,server", "")]
    [InlineData("-chardev socket,id=c,path=/run/b,,b.sock,server=on -mon chardev=c,mode=control", "/run/b,b.sock")]
    [InlineData("-mon c,mode=control -chardev socket,path=/run/b.sock,id=c", "/run/b.sock")]
    [InlineData("-chardev socket,id=c,path=/run/b.sock -mon chardev=c,mode=readline", "")]
    [InlineData("-chardev socket,id=c,fd=25 -mon chardev=c,mode=control", "")]
    [InlineData("-monitor unix:/run/hmp.sock,server -qmp-pretty unix:/run/p.sock", "/run/p.sock")]
    public void The_QMP_sockets_are_those_that_speak_QMP(string words, string sockets) =>
        Assert.Equal(sockets, string.Join(' ', Of(words).QmpSockets));

    [Fact]
    public void The_id_and_the_log_are_read()
    {
        var process = Of("-uuid 6842e18c-4a65-4b15-8d5d-576070ab5443 -D log/q.log");

        Assert.Equal(Guid.Parse("6842e18c-4a65-4b15-8d5d-576070ab5443"), process.Id);
        Assert.Equal("/home/me/log/q.log", process.Log);
        Assert.Null(Of("-uuid nonsense").Id);
    }

    [Fact]
    public void A_process_that_is_no_QEMU_is_none() => Assert.Null(QemuProcess.TryRead(Environment.ProcessId));

    [Theory]
    [InlineData("12 (qemu-system-x86) S 1 12 12 0 -1 1 2 3 4 5 250 150 0 0 20 0 4 0 6000 7 10 1 1", 'S')]
    [InlineData("12 (a) T (b c) T 1 12 12 0 -1 1 2 3 4 5 250 150 0 0 20 0 4 0 6000 7 10 1 1", 'T')]
    public void The_kernels_line_about_a_process_is_read_whatever_its_name(string line, char state)
    {
        var status = ProcessStatus.Parse(line);

        Assert.Equal(state, status.State);
        Assert.Equal(TimeSpan.FromSeconds(4), status.ProcessorTime);
        Assert.Equal(TimeSpan.FromSeconds(60), status.StartTime);
        Assert.Equal(10UL * (ulong)Environment.SystemPageSize, status.ResidentBytes);
        Assert.Equal(TimeSpan.FromSeconds(30), status.UptimeAt(TimeSpan.FromSeconds(90)));
        Assert.Equal(TimeSpan.Zero, status.UptimeAt(TimeSpan.FromSeconds(59)));
    }

    [Fact]
    public void A_process_that_is_not_there_has_no_status() => Assert.Null(ProcessStatus.TryRead(int.MaxValue));

    private static QemuProcess Of(string words) => new(1, ["qemu-system-x86_64", .. words.Split(' ')], "/home/me");
}
