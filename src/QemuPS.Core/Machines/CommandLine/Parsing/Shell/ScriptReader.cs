namespace QemuPS.Machines;

/// <summary>A script's characters one by one, and where they are.</summary>
internal sealed class ScriptReader(string text)
{
    private readonly string _text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
    private int _index;
    private int _line = 1;
    private int _column = 1;

    public const char End = '\0';

    public ScriptPosition Position => new(_line, _column);

    public bool AtEnd => _index >= _text.Length;

    public char Peek(int ahead = 0) => _index + ahead < _text.Length ? _text[_index + ahead] : End;

    public bool StartsWith(string expected) => _text.AsSpan(_index).StartsWith(expected, StringComparison.Ordinal);

    public char Next()
    {
        var c = _text[_index++];
        (_line, _column) = c == '\n' ? (_line + 1, 1) : (_line, _column + 1);
        return c;
    }

    public void Skip(int count)
    {
        for (; count > 0; count--) Next();
    }

    /// <summary>A backslash at a line's end joins it with the next.</summary>
    public bool TrySkipContinuation()
    {
        if (Peek() != '\\' || Peek(1) != '\n') return false;
        Skip(2);
        return true;
    }

    public string TakeWhile(Func<char, bool> wanted)
    {
        var start = _index;
        while (!AtEnd && wanted(Peek())) Next();
        return _text[start.._index];
    }
}
