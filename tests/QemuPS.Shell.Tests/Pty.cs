using System.Diagnostics;
using System.Text;

namespace QemuPS.Shell.Tests;

/// <summary>The shell on a terminal of its own, made by util-linux's script(1).</summary>
internal sealed class Pty : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly Lock _reading = new();
    private readonly AutoResetEvent _arrived = new(false);
    private int _seen;

    public Pty(string arguments, params (string Name, string Value)[] environment)
    {
        // Who runs the tests in the background has them started with Ctrl+C ignored, and that is inherited.
        var command = $"stty rows 30 cols 100; exec env --default-signal=INT,QUIT {ProgramRun.Engine} {arguments}";
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--command", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        start.Environment["TERM"] = "xterm";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        new Thread(Read) { IsBackground = true }.Start();
    }

    public string Screen
    {
        get
        {
            lock (_reading)
                return _screen.ToString();
        }
    }

    /// <summary>Waits until the terminal shows a text after what was waited for before.</summary>
    public Pty Expect(string text)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Limit)
        {
            var screen = Screen;
            var at = screen.IndexOf(text, _seen, StringComparison.Ordinal);
            if (at >= 0)
            {
                _seen = at + text.Length;
                return this;
            }

            _arrived.WaitOne(TimeSpan.FromSeconds(1));
        }

        throw new TimeoutException($"The terminal never showed '{text}' but: {Screen[_seen..]}");
    }

    public Pty Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
        return this;
    }

    public int WaitForExit()
        => _process.WaitForExit(Limit) ? _process.ExitCode : throw new TimeoutException($"The shell did not end: {Screen[_seen..]}");

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _arrived.Dispose();
    }

    private void Read()
    {
        var buffer = new char[4096];
        while (_process.StandardOutput.Read(buffer) is > 0 and var count)
        {
            lock (_reading)
                _screen.Append(buffer, 0, count);
            _arrived.Set();
        }
    }
}
