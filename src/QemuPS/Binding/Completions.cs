using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Values as completions.</summary>
internal static class Completions
{
    /// <summary>The values that begin with what is typed, quoted where PowerShell needs it, each once, with what they stand for as tool tip.</summary>
    public static IEnumerable<CompletionResult> Of(IEnumerable<(string Value, string Meaning)> values, string? typed)
    {
        var start = (typed ?? "").Trim('\'', '"');
        return from pair in values
               where pair.Value.StartsWith(start, StringComparison.OrdinalIgnoreCase)
               group pair.Meaning by pair.Value into same
               select new CompletionResult(Quote(same.Key), same.Key, CompletionResultType.ParameterValue, string.Join(", ", same.Distinct()));
    }

    private static string Quote(string value)
    {
        var isPlain = value.Length > 0 && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':') && value[0] != '-';
        return isPlain ? value : $"'{System.Management.Automation.Language.CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
    }
}
