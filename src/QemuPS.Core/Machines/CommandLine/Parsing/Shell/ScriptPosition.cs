using System.Globalization;

namespace QemuPS.Machines;

/// <summary>A place in a script, both numbers from 1; line 0 where there was no script and the column is a word's number.</summary>
internal readonly record struct ScriptPosition(int Line, int Column)
{
    /// <summary>The beginning of a sentence about it: <c>line 3, column 14</c>.</summary>
    public override string ToString() => Line == 0
        ? string.Create(CultureInfo.InvariantCulture, $"word {Column}")
        : string.Create(CultureInfo.InvariantCulture, $"line {Line}, column {Column}");

    /// <summary>An error about this place.</summary>
    public QemuException Error(ErrorId id, string message, string? action = null) => new(id, $"{Capitalized()}: {message}", action);

    private string Capitalized() => ToString() is var text ? char.ToUpperInvariant(text[0]) + text[1..] : "";
}
