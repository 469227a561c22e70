using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the names of parts of the machine that is named beside, by its definition.</summary>
public abstract class VmPartCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var store = VmStore.Open();
        if (fakeBoundParameters?["VmName"] is not string name || !store.Contains(name)) return [];
        return Completions.Of(Parts(store.Load(name)), wordToComplete);
    }

    /// <summary>The parts' names, with a word about each.</summary>
    private protected abstract IEnumerable<(string, string)> Parts(VmDefinition definition);
}

/// <summary>Completes drives.</summary>
public sealed class DriveIdCompleter : VmPartCompleter
{
    private protected override IEnumerable<(string, string)> Parts(VmDefinition definition) => definition.Drives.Select(drive => (drive.Id, drive.ToString()));
}

/// <summary>Completes network adapters.</summary>
public sealed class AdapterIdCompleter : VmPartCompleter
{
    private protected override IEnumerable<(string, string)> Parts(VmDefinition definition) => definition.NetworkAdapters.Select(adapter => (adapter.Id, adapter.ToString()));
}
