using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Iommu;

namespace QemuPS.Commands.Pci;

/// <summary><c>Get-IommuGroup</c>: shows which devices go to a machine together.</summary>
[Cmdlet(VerbsCommon.Get, "IommuGroup")]
[OutputType(typeof(IommuGroup))]
public sealed class GetIommuGroupCommand : QemuCommand
{
    private SysfsRoot? _root;

    /// <summary>The numbers of groups; all groups without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("IommuGroup")]
    [ArgumentCompleter(typeof(IommuGroupCompleter))]
    public int[]? Id { get; set; }

    /// <summary>Shows groups with one device, all of its functions and bridges not counted.</summary>
    [Parameter]
    public SwitchParameter Isolated { get; set; }

    /// <summary>Adds the reason: which bridge merges the group, whether it has ACS, and what keeps VFIO from having it.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _root = SysfsRoot.FromEnvironment());

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        // A PCI device that is piped here and is in no group has none to show.
        if (Id is null && MyInvocation.ExpectingInput) return;
        if (Id is null) foreach (var group in IommuGroups.Read(_root)) Write(_root, group);
        foreach (var id in Id ?? []) ForItem(id, () => Write(_root, Group(_root, id)));
    }

    private void Write(SysfsRoot root, IommuGroup group)
    {
        if (Isolated && !group.IsIsolated) return;
        if (!Detailed) WriteObject(group);
        else WriteObject(ToDetailedOutput(IommuGroups.WithReason(root, group)));
    }

    // The type name chooses the view; the object is the same.
    private static PSObject ToDetailedOutput(IommuGroup group)
    {
        var output = new PSObject(group);
        output.TypeNames.Insert(0, "QemuPS.IommuGroup#Detailed");
        return output;
    }

    private static IommuGroup Group(SysfsRoot root, int id) => IommuGroups.Find(root, id)
        ?? throw new QemuException(ErrorId.IommuGroupNotFound, $"There is no IOMMU group {id}.", IommuGroups.Ids(root).Count == 0 ? "Test-IommuEnabled -Detailed" : "Get-IommuGroup");
}
