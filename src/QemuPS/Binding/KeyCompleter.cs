using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the usual strokes, and the last key of one that is being written.</summary>
public sealed class KeyCompleter : IArgumentCompleter
{
    private static readonly string[] Usual = ["Ctrl-Alt-Delete", "Ctrl-Alt-F1", "Ctrl-Alt-F2", "Ctrl-C", "Alt-F4", "Alt-Tab", "Enter", "Escape", "F2", "F12"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete ?? "";
        var begun = word[..(word.LastIndexOf('-') + 1)];
        return Usual.Concat(KeyNames.All.Select(key => begun + key))
            .Where(key => key.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(key => new CompletionResult(key, key, CompletionResultType.ParameterValue, key));
    }
}
