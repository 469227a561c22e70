using System.Globalization;
using System.Text;

namespace QemuPS.Machines;

/// <summary>Reads one word: quotes, escapes, variables.</summary>
internal sealed class WordReader(ScriptReader reader)
{
    private readonly ScriptReader _reader = reader;
    private List<ShellPiece> _pieces = [];

    /// <summary>Reads the word that begins here.</summary>
    public WordToken Read()
    {
        var position = _reader.Position;
        return new WordToken(ReadPieces(EndsWord, tilde: true), position);
    }

    private static bool EndsWord(char c) => c is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    private List<ShellPiece> ReadPieces(Func<char, bool> ends, bool tilde)
    {
        var outer = _pieces;
        _pieces = [];
        if (tilde && _reader.Peek() == '~') ReadTilde();
        while (!_reader.AtEnd && !ends(_reader.Peek())) ReadPiece(ends);
        if (tilde && _pieces.FirstOrDefault(BraceExpansion.IsIn) is { } braces)
        {
            throw braces.Position.Error(ErrorId.UnsupportedShellSyntax, "a brace expansion is not read. Write the words out, or quote JSON with single quotes.");
        }

        var pieces = _pieces;
        _pieces = outer;
        return pieces;
    }

    private void ReadPiece(Func<char, bool> ends)
    {
        if (_reader.TrySkipContinuation()) return;
        var position = _reader.Position;
        switch (_reader.Peek())
        {
            case '\\':
                _reader.Next();
                AddLiteral(_reader.AtEnd ? "\\" : _reader.Next().ToString(), position, quoted: true);
                break;
            case '\'':
                _reader.Next();
                AddLiteral(TakeUntil('\'', position), position, quoted: true);
                break;
            case '"':
                ReadDoubleQuotes(position);
                break;
            case '$' or '`':
                ReadDollar(quoted: false);
                break;
            default:
                AddLiteral(_reader.TakeWhile(c => !ends(c) && c is not ('\\' or '\'' or '"' or '$' or '`')), position, quoted: false);
                AddTildeOfAssignment();
                break;
        }
    }

    // DISK=~/a.img: in an assignment the home folder is meant as well.
    private void AddTildeOfAssignment()
    {
        if (_pieces is not [LiteralPiece { Text: var text } only] || text.IndexOf("=~", StringComparison.Ordinal) is not (> 0 and var equals)) return;
        if (!ShellVariables.IsName(text[..equals]) || (text.Length > equals + 2 && text[equals + 2] != '/')) return;
        _pieces = [only with { Text = text[..(equals + 1)] }, new TildePiece(only.Position), only with { Text = text[(equals + 2)..] }];
    }

    private void ReadTilde()
    {
        if (_reader.Peek(1) != '/' && _reader.Peek(1) != ScriptReader.End && !EndsWord(_reader.Peek(1))) return;
        _pieces.Add(new TildePiece(_reader.Position));
        _reader.Next();
    }

    private void ReadDoubleQuotes(ScriptPosition start)
    {
        _reader.Next();
        // "" is a word although it is empty.
        AddLiteral("", start, quoted: true);
        while (true)
        {
            if (_reader.AtEnd) throw Unclosed(start, "\"");
            if (_reader.TrySkipContinuation()) continue;
            var position = _reader.Position;
            switch (_reader.Peek())
            {
                case '"':
                    _reader.Next();
                    return;
                case '\\' when _reader.Peek(1) is '$' or '`' or '"' or '\\':
                    _reader.Next();
                    AddLiteral(_reader.Next().ToString(), position, quoted: true);
                    break;
                case '$' or '`':
                    ReadDollar(quoted: true);
                    break;
                default:
                    AddLiteral(_reader.Next().ToString(), position, quoted: true);
                    break;
            }
        }
    }

    private void ReadDollar(bool quoted)
    {
        var position = _reader.Position;
        if (_reader.Next() == '`')
        {
            _pieces.Add(new CommandPiece(TakeUntil('`', position), position, quoted));
            return;
        }

        var next = _reader.Peek();
        if (next == '(') ReadSubstitution(position, quoted);
        else if (next == '{') ReadBraces(position, quoted);
        else if (!quoted && next == '\'') ReadAnsiC(position);
        else if (!quoted && next == '"') ReadDoubleQuotes(position);
        else if (char.IsAsciiLetter(next) || next == '_') Add(_reader.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c == '_'));
        else if (char.IsAsciiDigit(next) || next is '@' or '*' or '#' or '?' or '$' or '!' or '-') Add(_reader.Next().ToString());
        else AddLiteral("$", position, quoted);

        void Add(string name) => _pieces.Add(new VariablePiece(name, null, null, [], position, quoted));
    }

    private void ReadSubstitution(ScriptPosition position, bool quoted)
    {
        if (_reader.Peek(1) == '(') throw position.Error(ErrorId.UnsupportedShellSyntax, "an arithmetic expansion '$((...))' is not computed. Write the number.");
        _reader.Next();
        var text = new StringBuilder();
        for (var depth = 1; ; text.Append(_reader.Next()))
        {
            if (_reader.AtEnd) throw Unclosed(position, "$(");
            if (_reader.Peek() == '(') depth++;
            if (_reader.Peek() == ')' && --depth == 0) break;
        }

        _reader.Next();
        _pieces.Add(new CommandPiece(text.ToString().Trim(), position, quoted));
    }

    private void ReadBraces(ScriptPosition position, bool quoted)
    {
        _reader.Next();
        var name = _reader.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        if (name.Length == 0 && _reader.Peek() is '@' or '*') name = _reader.Next().ToString();
        var index = _reader.Peek() == '[' ? ReadIndex(position) : null;
        var operation = _reader.TakeWhile(c => c is ':' or '-' or '=' or '+' or '?');
        if (name.Length == 0 || operation is not ("" or ":-" or "-" or ":=" or "=" or ":+" or "+" or ":?" or "?") || (operation.Length == 0 && _reader.Peek() != '}'))
        {
            if (_reader.AtEnd) throw Unclosed(position, "${");
            var rest = _reader.TakeWhile(c => c is not ('}' or '\n'));
            throw position.Error(ErrorId.UnsupportedShellSyntax, $"the expansion '${{{name}{operation}{rest}}}' is not computed. Write its value, or assign it to a variable before.");
        }

        var operand = operation.Length == 0 ? [] : ReadOperand(quoted);
        if (_reader.Peek() != '}') throw Unclosed(position, "${");
        _reader.Next();
        _pieces.Add(new VariablePiece(name, index, operation.Length == 0 ? null : operation, operand, position, quoted));
    }

    private List<ShellPiece> ReadOperand(bool quoted)
    {
        var pieces = ReadPieces(c => c == '}', tilde: false);
        return quoted ? [.. pieces.Select(piece => piece with { Quoted = true })] : pieces;
    }

    private string ReadIndex(ScriptPosition position)
    {
        _reader.Next();
        return TakeUntil(']', position);
    }

    private void ReadAnsiC(ScriptPosition position)
    {
        _reader.Next();
        var text = new StringBuilder();
        while (_reader.Peek() != '\'')
        {
            if (_reader.AtEnd) throw Unclosed(position, "$'");
            var c = _reader.Next();
            text.Append(c == '\\' && !_reader.AtEnd ? ReadEscape() : c.ToString());
        }

        _reader.Next();
        AddLiteral(text.ToString(), position, quoted: true);
    }

    // bash(1), QUOTING.
    private string ReadEscape() => _reader.Next() switch
    {
        'a' => "\a",
        'b' => "\b",
        'e' or 'E' => "\u001b",
        'f' => "\f",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\v",
        'x' => ReadNumber("", 2),
        'u' => ReadNumber("", 4),
        'U' => ReadNumber("", 8),
        var c and >= '0' and <= '7' => ((char)Convert.ToInt32(c + TakeDigits(2, digit => digit is >= '0' and <= '7'), 8)).ToString(),
        var c => c is '\\' or '\'' or '"' or '?' ? c.ToString() : "\\" + c,
    };

    private string ReadNumber(string digits, int longest)
    {
        digits += TakeDigits(longest, char.IsAsciiHexDigit);
        var number = digits.Length == 0 ? 0 : int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Rune.TryCreate(number, out var rune) ? rune.ToString() : "\ufffd";
    }

    private string TakeDigits(int longest, Func<char, bool> isDigit)
    {
        var digits = "";
        while (digits.Length < longest && !_reader.AtEnd && isDigit(_reader.Peek())) digits += _reader.Next();
        return digits;
    }

    private string TakeUntil(char end, ScriptPosition start)
    {
        var text = _reader.TakeWhile(c => c != end);
        if (_reader.AtEnd) throw Unclosed(start, end.ToString());
        _reader.Next();
        return text;
    }

    private void AddLiteral(string text, ScriptPosition position, bool quoted)
    {
        if (_pieces is [.., LiteralPiece last] && last.Quoted == quoted) _pieces[^1] = last with { Text = last.Text + text };
        else _pieces.Add(new LiteralPiece(text, position, quoted));
    }

    private static QemuException Unclosed(ScriptPosition position, string what) =>
        position.Error(ErrorId.InvalidCommandLine, $"the {what} is not closed.");

    // {a,b} and {1..3}: a shell makes several words of it.
    private static class BraceExpansion
    {
        public static bool IsIn(ShellPiece piece) =>
            piece is LiteralPiece { Quoted: false, Text: var text }
            && text.IndexOf('{', StringComparison.Ordinal) is >= 0 and var open
            && text.IndexOf('}', open) is > 0 and var close
            && (text.AsSpan(open, close - open).Contains(',') || text.AsSpan(open, close - open).Contains("..", StringComparison.Ordinal));
    }
}
