using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;
using QemuPS.Devices.Iommu;

namespace QemuPS.Binding;

/// <summary>Completes the numbers of IOMMU groups; the tool tip says what is in them.</summary>
public sealed class IommuGroupCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completions.Of(
            IommuGroups.Read(SysfsRoot.FromEnvironment()).Select(group => (group.Id.ToString(CultureInfo.InvariantCulture), string.Join(", ", group.Devices))),
            wordToComplete);
}
