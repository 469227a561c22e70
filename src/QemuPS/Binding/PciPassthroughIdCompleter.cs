using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the names of PCI devices in the machine that is named beside.</summary>
public sealed class PciPassthroughIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var store = VmStore.Open();
        if (fakeBoundParameters?["VmName"] is not string name || !store.Contains(name)) return [];
        return Completions.Of(store.Load(name).PciDevices.Select(device => (device.Id, device.ToString())), wordToComplete);
    }
}
