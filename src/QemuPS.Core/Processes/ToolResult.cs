namespace QemuPS.Processes;

/// <summary>What a program left behind when it ended.</summary>
/// <param name="Tool">The program.</param>
/// <param name="Arguments">What it was given.</param>
/// <param name="ExitCode">Its exit code; 128 + the signal's number where a signal ended it.</param>
/// <param name="StandardOutput">All of its standard output.</param>
/// <param name="StandardError">All of its standard error.</param>
public sealed record ToolResult(
    Tool Tool,
    IReadOnlyList<string> Arguments,
    int ExitCode,
    string StandardOutput,
    string StandardError)
{
    /// <summary>The program's own words about what went wrong: its standard error without its name in front.</summary>
    public string ErrorText
    {
        get
        {
            var lines = StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(line => line.StartsWith(Tool.Name + ": ", StringComparison.Ordinal) ? line[(Tool.Name.Length + 2)..] : line);
            var text = string.Join(Environment.NewLine, lines);
            return text.Length > 0 ? text : $"{Tool.Name} ended with exit code {ExitCode} and said nothing.";
        }
    }

    /// <summary>The failure as an exception that quotes the program.</summary>
    public QemuException ToException(ErrorId id, string? recommendedAction = null) =>
        new(id, $"{Tool.Name}: {ErrorText}", recommendedAction);
}
