using System.Management.Automation;
using QemuPS.Devices;
using QemuPS.Devices.Iommu;

namespace QemuPS.Binding;

/// <summary>Takes IOMMU groups as objects, and as what is left of them behind a file, a job or another session.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IommuGroupTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null ? null : MdevObjects.Items(inputData).Select(ToGroup).ToArray();

    private static IommuGroup ToGroup(PSObject item)
    {
        if (item.BaseObject is IommuGroup group) return group;
        return item.Properties["Id"]?.Value is int id && IommuGroups.Find(SysfsRoot.FromEnvironment(), id) is { } now
            ? now
            : throw new ArgumentTransformationMetadataException($"There is no IOMMU group '{item}' now: Get-IommuGroup shows those there are.");
    }
}
