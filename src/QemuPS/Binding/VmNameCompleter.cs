using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the names of machines.</summary>
public sealed class VmNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = WildcardPattern.Get((wordToComplete ?? "").Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        return VmStore.Open().Names().Where(pattern.IsMatch).Select(name => new CompletionResult(Quote(name), name, CompletionResultType.ParameterValue, name));
    }

    private static string Quote(string name) => name.Contains(' ', StringComparison.Ordinal) ? $"'{name}'" : name;
}
