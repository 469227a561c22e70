using System.Collections;
using System.Management.Automation;
using QemuPS.Devices;
using QemuPS.Devices.Iommu;
using QemuPS.Devices.Pci;

namespace QemuPS.Binding;

/// <summary>
/// Takes for PCI devices whatever stands for some: objects, addresses (<c>01:00.0</c>), IOMMU groups (their devices,
/// bridges left out), or objects that have been through a file, a job or another session: then what is there now.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PciDeviceTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null) return null;
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var items = value is IEnumerable list and not string ? list.Cast<object>() : [inputData];
        return items.SelectMany(ToDevices).ToArray();
    }

    private static IEnumerable<PciDevice> ToDevices(object item)
    {
        var wrapped = PSObject.AsPSObject(item);
        return wrapped.BaseObject switch
        {
            PciDevice device => [device],
            IommuGroup group => DevicesOf(group.Id),
            string address => [At(address)],
            _ when wrapped.TypeNames.Any(type => type.EndsWith("QemuPS.IommuGroup", StringComparison.Ordinal)) && wrapped.Properties["Id"]?.Value is int id => DevicesOf(id),
            _ => [Same(wrapped)],
        };
    }

    private static IEnumerable<PciDevice> DevicesOf(int group) =>
        IommuGroups.Find(SysfsRoot.FromEnvironment(), group)?.Devices.Where(device => device.Class != PciClass.Bridge)
        ?? throw new ArgumentTransformationMetadataException($"There is no IOMMU group {group} now.");

    // At the place of an object from elsewhere there may be another card by now.
    private static PciDevice Same(PSObject item)
    {
        string? Property(string name) => item.Properties[name]?.Value?.ToString();

        var found = At(Property("Address") ?? item.ToString());
        return Property("VendorId") is { } vendor && (vendor != found.VendorId || Property("DeviceId") != found.DeviceId)
            ? throw new ArgumentTransformationMetadataException($"At {found.Address} there is another device now: {found}.")
            : found;
    }

    private static PciDevice At(string address) => PciDevices.Find(SysfsRoot.FromEnvironment(), address)
        ?? throw new ArgumentTransformationMetadataException($"There is no PCI device '{address}' now: Get-PciDevice shows those there are, by address (0000:01:00.0).");
}
