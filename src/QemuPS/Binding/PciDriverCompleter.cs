using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;

namespace QemuPS.Binding;

/// <summary>Completes drivers of PCI devices: VFIO's first, then those the kernel has loaded.</summary>
public sealed class PciDriverCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completions.Of(SysfsRoot.FromEnvironment().List("/sys/bus/pci/drivers").Prepend("vfio-pci").Distinct().Select(name => (name, name)), wordToComplete);
}
