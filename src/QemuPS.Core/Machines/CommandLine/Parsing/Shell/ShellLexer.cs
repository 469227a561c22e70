namespace QemuPS.Machines;

/// <summary>
/// Takes a script apart into words and operators as a POSIX shell does (IEEE Std 1003.1, Shell Command Language, 2.3),
/// with what bash adds and people use: arrays, <c>$'...'</c> and <c>+=</c>.
/// </summary>
internal sealed class ShellLexer
{
    // The longest first.
    private static readonly string[] Operators =
        ["<<<", "&>>", "<<-", "&&", "||", ";;", "|&", "&>", ">>", "<<", ">&", "<&", "<>", ">|", "&", ";", "|", "(", ")", "<", ">"];

    private readonly ScriptReader _reader;
    private readonly WordReader _words;

    private ShellLexer(string text)
    {
        _reader = new ScriptReader(text);
        _words = new WordReader(_reader);
    }

    /// <summary>The tokens one by one, so that what comes after an error does not hide what is before it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidCommandLine"/>: a quote or a bracket that is not closed.</exception>
    public static IEnumerable<ShellToken> Read(string text)
    {
        var lexer = new ShellLexer(text);
        while (lexer.Next() is { } token) yield return token;
    }

    private ShellToken? Next()
    {
        var before = _reader.Position;
        SkipBlanks();
        if (_reader.AtEnd) return null;
        var position = _reader.Position;
        if (_reader.Peek() == '\n')
        {
            _reader.Next();
            return new NewlineToken(position);
        }

        if (Operators.FirstOrDefault(_reader.StartsWith) is not { } text) return _words.Read();
        _reader.Skip(text.Length);
        return new OperatorToken(text, position, Adjacent: before == position && position.Column > 1);
    }

    private void SkipBlanks()
    {
        while (true)
        {
            if (_reader.Peek() is ' ' or '\t' or '\r') _reader.Next();
            else if (_reader.Peek() == '#') _reader.TakeWhile(c => c != '\n');
            else if (!_reader.TrySkipContinuation()) return;
        }
    }
}
