namespace QemuPS.Machines;

/// <summary>An assignment: <c>NAME=word</c>, <c>NAME+=word</c>, <c>NAME=(words)</c>.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Append">What is there already stays.</param>
/// <param name="Value">The word after the sign.</param>
/// <param name="Elements">The words of an array; null for a single value.</param>
/// <param name="Position">Where it stands.</param>
internal sealed record ShellAssignment(string Name, bool Append, IReadOnlyList<ShellPiece> Value, IReadOnlyList<WordToken>? Elements, ScriptPosition Position)
{
    /// <summary>The assignment that a word is; null where it is none.</summary>
    public static ShellAssignment? Find(WordToken word)
    {
        if (word.Pieces is not [LiteralPiece { Quoted: false } first, ..] || first.Text.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var equals)) return null;
        var append = first.Text[equals - 1] == '+';
        var name = first.Text[..(append ? equals - 1 : equals)];
        if (!ShellVariables.IsName(name))
        {
            // args[0]=x is an assignment too, one that is not followed.
            var bracket = name.IndexOf('[', StringComparison.Ordinal);
            if (bracket > 0 && name.EndsWith(']') && ShellVariables.IsName(name[..bracket])) throw word.Position.Error(ErrorId.UnsupportedShellSyntax, $"the assignment to '{name}' is not followed. Write the array in one piece.");
            return null;
        }

        var rest = word.Pieces.Skip(1);
        var value = first.Text[(equals + 1)..];
        return new ShellAssignment(name, append, value.Length == 0 ? [.. rest] : [first with { Text = value }, .. rest], null, word.Position);
    }

    /// <summary>Does it.</summary>
    public void Apply(ShellVariables variables)
    {
        try
        {
            IReadOnlyList<string> values = Elements is null
                ? [variables.ExpandToOne(Value)]
                : [.. Elements.SelectMany(variables.Expand).Select(word => word.Text)];
            variables.Assign(Name, values, Append, isArray: Elements is not null);
        }
        catch (QemuException error) when (error.Id is ErrorId.UnsupportedShellSyntax or ErrorId.UnknownVariable)
        {
            // Many scripts compute what QEMU never sees.
            variables.AssignUnknowable(Name, error);
        }
    }
}
