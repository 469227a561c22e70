using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;
using QemuPS.Devices.Mdev;

namespace QemuPS.Binding;

/// <summary>Completes parents and types of mediated devices, and the devices' UUIDs.</summary>
public sealed class MdevCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var root = SysfsRoot.FromEnvironment();
        var values = parameterName switch
        {
            "Parent" => MdevTypes.Read(root).Select(type => (type.Parent, type.Name)),
            "Name" => MdevTypes.Read(root).Select(type => (type.Name, type.ToString())),
            _ => MdevDevices.Read(root).Where(device => device.Uuid is not null).Select(device => (device.Uuid!.Value.ToString(), $"{device.TypeName ?? device.Type} of {device.Parent}")),
        };
        return Completions.Of(values, wordToComplete);
    }
}
