namespace QemuPS.Machines;

/// <summary>A piece of a word; a word's pieces are written together.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Quoted">It stands in quotes: it is not split into words.</param>
internal abstract record ShellPiece(ScriptPosition Position, bool Quoted);

/// <summary>Text that means itself.</summary>
internal sealed record LiteralPiece(string Text, ScriptPosition Position, bool Quoted) : ShellPiece(Position, Quoted);

/// <summary>The home folder, a <c>~</c> at a word's beginning.</summary>
internal sealed record TildePiece(ScriptPosition Position) : ShellPiece(Position, Quoted: true);

/// <summary>A variable: <c>$NAME</c>, <c>${NAME:-word}</c>, <c>${NAME[@]}</c>.</summary>
/// <param name="Name">The name, or the sign of a special parameter.</param>
/// <param name="Index">What stands in brackets; null without them.</param>
/// <param name="Operator">What follows the name: <c>:-</c>, <c>-</c>, <c>:=</c>, <c>=</c>, <c>:+</c>, <c>+</c>, <c>:?</c>, <c>?</c>; null for nothing.</param>
/// <param name="Operand">What follows the operator.</param>
/// <param name="Position">Where it begins.</param>
/// <param name="Quoted">It stands in quotes.</param>
internal sealed record VariablePiece(string Name, string? Index, string? Operator, IReadOnlyList<ShellPiece> Operand, ScriptPosition Position, bool Quoted)
    : ShellPiece(Position, Quoted);

/// <summary>A command whose output would stand here; it is never run.</summary>
internal sealed record CommandPiece(string Text, ScriptPosition Position, bool Quoted) : ShellPiece(Position, Quoted);

/// <summary>What a script is made of.</summary>
internal abstract record ShellToken(ScriptPosition Position);

/// <summary>The end of a line.</summary>
internal sealed record NewlineToken(ScriptPosition Position) : ShellToken(Position);

/// <summary>What separates commands and redirects their output.</summary>
/// <param name="Text">The operator.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Adjacent">No blank is before it: <c>args=(</c>, <c>2></c>.</param>
internal sealed record OperatorToken(string Text, ScriptPosition Position, bool Adjacent) : ShellToken(Position);

/// <summary>A word as it is written.</summary>
internal sealed record WordToken(IReadOnlyList<ShellPiece> Pieces, ScriptPosition Position) : ShellToken(Position)
{
    /// <summary>The word where it has neither quotes nor variables; otherwise null.</summary>
    public string? Plain => Pieces.All(piece => piece is LiteralPiece { Quoted: false }) ? string.Concat(Pieces.Cast<LiteralPiece>().Select(piece => piece.Text)) : null;
}

/// <summary>A word as QEMU would get it, and where it was written.</summary>
internal sealed record ScriptWord(string Text, ScriptPosition Position);
