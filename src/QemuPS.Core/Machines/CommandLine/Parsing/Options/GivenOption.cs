namespace QemuPS.Machines;

/// <summary>An option as it stands in a command.</summary>
/// <param name="Name">Its name without the dashes.</param>
/// <param name="Value">Its argument; null for one that takes none.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Number">Its place among the others.</param>
internal sealed record GivenOption(string Name, string? Value, ScriptPosition Position, int Number)
{
    /// <summary>The argument of an option that has one.</summary>
    public string Argument => Value ?? throw new InvalidOperationException($"-{Name} takes no argument.");

    /// <summary>The argument as a list.</summary>
    /// <param name="impliedKey">The key of a first value that has none: <c>-drive</c> has none, <c>-device</c>'s is <c>driver</c>.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidCommandLine"/></exception>
    public OptionList List(string? impliedKey = null)
    {
        try
        {
            return OptionList.Parse(Argument, impliedKey);
        }
        catch (FormatException error)
        {
            throw Invalid(error.Message);
        }
    }

    /// <summary>An error about the option.</summary>
    public QemuException Invalid(string why, string? action = null) => Position.Error(ErrorId.InvalidCommandLine, $"-{Name} {Value}: {why}", action);

    /// <summary>An error about an option that cannot be taken over.</summary>
    public QemuException NotSupported(string why, string? action = null) => Position.Error(ErrorId.NotSupported, $"-{Name} {Value}: {why}", action);

    /// <inheritdoc/>
    public override string ToString() => Value is null ? $"-{Name}" : $"-{Name} {Value}";
}
