using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;
using QemuPS.Udev;

namespace QemuPS.Binding;

/// <summary>Completes the names of this host's groups.</summary>
public sealed class GroupCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completions.Of(UdevRules.Groups(SysfsRoot.FromEnvironment()).Order().Select(group => (group, group)), wordToComplete);
}

/// <summary>Completes the names of the rules files that count.</summary>
public sealed class RulesFileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var files = UdevRules.Read(SysfsRoot.FromEnvironment()).Where(rule => commandName != "Remove-UdevRule" || rule.IsManaged).Select(rule => rule.Path!).Distinct();
        return Completions.Of(files.Select(file => (file, file)), wordToComplete);
    }
}
