using System.Management.Automation;
using System.Security;

namespace QemuPS.Shell.Hosting;

/// <summary>Reads what a person or a pipe says: edited lines from a terminal, plain lines otherwise.</summary>
internal sealed class LineReader(Terminal terminal)
{
    /// <returns>The line, or null at the end of the input.</returns>
    /// <exception cref="PipelineStoppedException">Ctrl+C instead of an answer.</exception>
    public string? ReadLine() => ReadLine(new LineEditor(string.Empty, terminal.Width));

    public string? ReadLine(LineEditor editor)
        => terminal.InputIsTerminal ? WithControlC(editor.Read) : Console.In.ReadLine();

    public SecureString? ReadSecret()
    {
        var text = terminal.InputIsTerminal ? WithControlC(ReadHidden) : Console.In.ReadLine();
        if (text is null)
            return null;

        var secret = new SecureString();
        foreach (var character in text)
            secret.AppendChar(character);
        secret.MakeReadOnly();
        return secret;
    }

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

    private static string? ReadHidden()
    {
        var text = string.Empty;
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.IsControl(ConsoleKey.C))
                throw new PipelineStoppedException();
            if (key.Key == ConsoleKey.Enter)
                break;
            if (key.Key == ConsoleKey.Backspace && text.Length > 0)
                text = text[..^1];
            else if (!char.IsControl(key.KeyChar))
                text += key.KeyChar;
        }

        Console.Out.WriteLine();
        return text;
    }
}
