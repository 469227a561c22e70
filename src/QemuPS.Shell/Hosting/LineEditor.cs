using System.Management.Automation;
using System.Text;

namespace QemuPS.Shell.Hosting;

/// <summary>One line being typed: cursor keys, history and completion, drawn with plain VT100 sequences.</summary>
internal sealed class LineEditor(string prompt, int width)
{
    private readonly StringBuilder _text = new();
    private int _cursor;
    private int _cursorRow;
    private int _historyIndex;
    private string _draft = string.Empty;
    private Completion? _completion;

    public IReadOnlyList<string> History { get; init; } = [];

    /// <summary>What could stand at the cursor.</summary>
    public Func<string, int, CommandCompletion>? Complete { get; init; }

    private sealed record Completion(CommandCompletion Matches, string Original);

    /// <returns>The line, or null when the input was ended with Ctrl+D on an empty line.</returns>
    /// <exception cref="PipelineStoppedException">Ctrl+C.</exception>
    public string? Read()
    {
        _historyIndex = History.Count;
        Draw();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
                return Accept();
            if (key.IsControl(ConsoleKey.C))
                Cancel();
            if (key.IsControl(ConsoleKey.D) && _text.Length == 0)
                return null;
            Edit(key);
            Draw();
        }
    }

    private string Accept()
    {
        _cursor = _text.Length;
        Draw();
        Console.Out.WriteLine();
        return _text.ToString();
    }

    private void Cancel()
    {
        _cursor = _text.Length;
        Draw();
        Console.Out.WriteLine("^C");
        throw new PipelineStoppedException();
    }

    private void Edit(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Tab)
        {
            CompleteWord(!key.Modifiers.HasFlag(ConsoleModifiers.Shift));
            return;
        }

        _completion = null;
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control))
            EditWithControl(key.Key);
        else if (!Move(key.Key) && !char.IsControl(key.KeyChar))
            _text.Insert(_cursor++, key.KeyChar);
    }

    private bool Move(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.LeftArrow: _cursor = Math.Max(0, _cursor - 1); return true;
            case ConsoleKey.RightArrow: _cursor = Math.Min(_text.Length, _cursor + 1); return true;
            case ConsoleKey.Home: _cursor = 0; return true;
            case ConsoleKey.End: _cursor = _text.Length; return true;
            case ConsoleKey.UpArrow: Recall(-1); return true;
            case ConsoleKey.DownArrow: Recall(+1); return true;
            case ConsoleKey.Backspace when _cursor > 0: _text.Remove(--_cursor, 1); return true;
            case ConsoleKey.Delete when _cursor < _text.Length: _text.Remove(_cursor, 1); return true;
            default: return false;
        }
    }

    private void EditWithControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.A: _cursor = 0; break;
            case ConsoleKey.E: _cursor = _text.Length; break;
            case ConsoleKey.U: Replace(_text.ToString(_cursor, _text.Length - _cursor), 0); break;
            case ConsoleKey.K: _text.Length = _cursor; break;
            case ConsoleKey.L: Console.Out.Write("\u001b[H\u001b[2J"); _cursorRow = 0; break;
        }
    }

    private void Recall(int step)
    {
        var target = _historyIndex + step;
        if (target < 0 || target > History.Count)
            return;
        if (_historyIndex == History.Count)
            _draft = _text.ToString();
        _historyIndex = target;
        var line = target == History.Count ? _draft : History[target];
        Replace(line, line.Length);
    }

    private void CompleteWord(bool forward)
    {
        if (Complete is null)
            return;
        _completion ??= new Completion(Complete(_text.ToString(), _cursor), _text.ToString());
        if (_completion.Matches.GetNextResult(forward) is not { } match)
            return;

        var (matches, original) = _completion;
        var before = original[..matches.ReplacementIndex] + match.CompletionText;
        Replace(before + original[(matches.ReplacementIndex + matches.ReplacementLength)..], before.Length);
    }

    private void Replace(string text, int cursor)
    {
        _text.Clear().Append(text);
        _cursor = cursor;
    }

    private void Draw()
    {
        var output = new StringBuilder();
        if (_cursorRow > 0)
            output.Append("\u001b[").Append(_cursorRow).Append('A');
        output.Append("\r\u001b[J").Append(prompt).Append(_text);

        // A terminal wraps only when the next character comes; the cursor must be on the row it will be on.
        var end = prompt.Length + _text.Length;
        if (end > 0 && end % width == 0)
            output.Append(" \b");
        MoveFrom(output, end, prompt.Length + _cursor);
        Console.Out.Write(output);
    }

    private void MoveFrom(StringBuilder output, int end, int target)
    {
        _cursorRow = target / width;
        var up = (end / width) - _cursorRow;
        if (up > 0)
            output.Append("\u001b[").Append(up).Append('A');
        output.Append('\r');
        if (target % width > 0)
            output.Append("\u001b[").Append(target % width).Append('C');
    }
}
