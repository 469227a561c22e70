using System.Management.Automation;
using System.Net;
using System.Security;

namespace QemuPS.Shell.Hosting;

/// <summary>Reads what a person or a pipe says: edited lines from a terminal, plain lines otherwise.</summary>
internal sealed class LineReader(Terminal terminal) : IDisposable
{
    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(20);

    private readonly ManualResetEventSlim _interrupted = new();

    /// <summary>A terminal shows what is typed; what comes from a pipe is repeated, so that a log can be read.</summary>
    public bool Echoes => terminal.InputIsTerminal;

    /// <returns>The line, or null at the end of the input.</returns>
    /// <exception cref="PipelineStoppedException">Ctrl+C instead of an answer.</exception>
    public string? ReadLine()
        => terminal.InputIsTerminal ? WithControlC(() => ReadAnswer(shown: key => key)) : Console.In.ReadLine();

    public static string? ReadLine(LineEditor editor) => WithControlC(editor.Read);

    public SecureString? ReadSecret()
    {
        var text = terminal.InputIsTerminal ? WithControlC(() => ReadAnswer(shown: _ => '*')) : Console.In.ReadLine();
        if (text is null)
            return null;

        var secret = new NetworkCredential(string.Empty, text).SecurePassword;
        secret.MakeReadOnly();
        return secret;
    }

    /// <summary>
    /// Gives up the answer that is waited for. Ctrl+C is a key while an answer is read, but a signal when it comes
    /// between the question and the reading.
    /// </summary>
    public void Interrupt() => _interrupted.Set();

    /// <summary>A new pipeline starts, which no earlier Ctrl+C was meant for.</summary>
    public void ForgetInterrupt() => _interrupted.Reset();

    public void Dispose() => _interrupted.Dispose();

    private static T WithControlC<T>(Func<T> read)
    {
        Console.TreatControlCAsInput = true;
        try
        {
            return read();
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    // An answer follows a question on the same line, which a line editor would draw over.
    private string? ReadAnswer(Func<char, char> shown)
    {
        var text = string.Empty;
        while (true)
        {
            var key = WaitForKey();
            if (key.IsControl(ConsoleKey.C))
                throw new PipelineStoppedException();
            if (key.IsControl(ConsoleKey.D) && text.Length == 0)
                return null;
            if (key.Key == ConsoleKey.Enter)
                break;
            text = Apply(text, key, shown);
        }

        Console.Out.WriteLine();
        return text;
    }

    private ConsoleKeyInfo WaitForKey()
    {
        while (!Console.KeyAvailable)
        {
            if (_interrupted.Wait(KeyInterval))
                throw new PipelineStoppedException();
        }

        return Console.ReadKey(intercept: true);
    }

    private static string Apply(string text, ConsoleKeyInfo key, Func<char, char> shown)
    {
        if (key.Key == ConsoleKey.Backspace && text.Length > 0)
        {
            Console.Out.Write("\b \b");
            return text[..^1];
        }

        if (char.IsControl(key.KeyChar))
            return text;
        Console.Out.Write(shown(key.KeyChar));
        return text + key.KeyChar;
    }
}
