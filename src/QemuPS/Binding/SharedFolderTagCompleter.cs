using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the tags of the folders that the machine named beside shares.</summary>
public sealed class SharedFolderTagCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var store = VmStore.Open();
        if (fakeBoundParameters?["VmName"] is not string name || !store.Contains(name)) return [];
        return Completions.Of(store.Load(name).SharedFolders.Select(share => (share.Tag, share.ToString())), wordToComplete);
    }
}
