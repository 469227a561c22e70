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

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _root = SysfsRoot.FromEnvironment());

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        // A PCI device that is piped here and is in no group has none to show.
        if (Id is null && MyInvocation.ExpectingInput) return;
        if (Id is null) WriteObject(IommuGroups.Read(_root), enumerateCollection: true);
        foreach (var id in Id ?? []) ForItem(id, () => WriteObject(Group(_root, id)));
    }

    private static IommuGroup Group(SysfsRoot root, int id) => IommuGroups.Read(root, [id]).FirstOrDefault()
        ?? throw new QemuException(ErrorId.IommuGroupNotFound, $"There is no IOMMU group {id}.", IommuGroups.Ids(root).Count == 0 ? "Test-IommuEnabled -Detailed" : "Get-IommuGroup");
}
