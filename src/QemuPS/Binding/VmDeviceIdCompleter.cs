using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the ids of devices of the running machine that is named beside.</summary>
public sealed class VmDeviceIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var store = VmStore.Open();
        if (fakeBoundParameters?["VmName"] is not string name || !store.Contains(name)) return [];
        return Completions.Of(Ids(new Machine(store, name)), wordToComplete);
    }

    private static IEnumerable<(string, string)> Ids(Machine machine)
    {
        try
        {
            return MachineDeviceReader.ReadIdsAsync(machine, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (QemuException)
        {
            // A completion that fails is an empty one; the command itself will say what is wrong.
            return [];
        }
    }
}
