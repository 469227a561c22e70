using System.Management.Automation.Runspaces;

namespace QemuPS.Shell.CommandLine;

/// <summary>
/// Turns the words after a script's path into parameters the way <c>pwsh -File</c> does: a value stays the
/// string it is, and only <c>-Switch:$true</c> and <c>-Switch:false</c> become booleans.
/// </summary>
internal static class ScriptArguments
{
    public static IReadOnlyList<CommandParameter> Parse(IEnumerable<string> words)
    {
        var parameters = new List<CommandParameter>();
        string? pending = null;
        foreach (var word in words)
        {
            if (pending is not null)
            {
                parameters.Add(new CommandParameter(pending, word));
                pending = null;
            }
            else if (IsNameAwaitingValue(word))
            {
                pending = word.TrimEnd(':');
            }
            else
            {
                parameters.Add(ToParameter(word));
            }
        }

        return parameters;
    }

    private static bool IsName(string word) => word.Length > 1 && Dash.IsDash(word[0]);

    private static bool IsNameAwaitingValue(string word)
        => IsName(word) && word.IndexOf(':', StringComparison.Ordinal) == word.Length - 1;

    private static CommandParameter ToParameter(string word)
    {
        if (!IsName(word))
            return new CommandParameter(null, word);

        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new CommandParameter(word)
            : new CommandParameter(word[..colon], BooleanOrText(word[(colon + 1)..]));
    }

    private static object BooleanOrText(string value)
        => bool.TryParse(value.StartsWith('$') ? value[1..] : value, out var flag) ? flag : value;
}
