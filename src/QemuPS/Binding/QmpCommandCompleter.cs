using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the QMP commands that the machine named on the line knows.</summary>
public sealed class QmpCommandCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (Target(fakeBoundParameters) is not { } machine) return [];
        var pattern = WildcardPattern.Get(wordToComplete + "*", WildcardOptions.IgnoreCase);
        return Commands(machine).Where(pattern.IsMatch).Order(StringComparer.Ordinal)
            .Select(name => new CompletionResult(name, name, CompletionResultType.ParameterValue, name));
    }

    private static Machine? Target(IDictionary bound)
    {
        var name = (bound["Name"] ?? bound["Vm"]) switch
        {
            string text => text,
            QemuVm vm => vm.Name,
            _ => null,
        };
        var store = VmStore.Open();
        return name is not null && store.Names().Contains(name) ? new Machine(store, name) : null;
    }

    private static IEnumerable<string> Commands(Machine machine)
    {
        try
        {
            var reply = machine.ExecuteAsync("query-commands", null, Machine.AnswerTimeout, CancellationToken.None).GetAwaiter().GetResult();
            return reply.EnumerateArray().Select(command => command.GetProperty("name").GetString()!);
        }
        catch (QemuException)
        {
            // A completion that fails is an empty one; the command itself will say what is wrong.
            return [];
        }
    }
}
