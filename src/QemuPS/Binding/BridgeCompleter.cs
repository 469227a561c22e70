using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;
using QemuPS.Host;

namespace QemuPS.Binding;

/// <summary>Completes the bridges of the host, with whether machines may join them.</summary>
public sealed class BridgeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var host = SysfsRoot.FromEnvironment();
        var rules = BridgeRules.Read(host);
        return Completions.Of(HostReader.Bridges(host).Select(bridge => (bridge, rules.Allow(bridge) ? "machines may join it" : $"{BridgeRules.DefaultFile} does not allow it to machines")), wordToComplete);
    }
}
