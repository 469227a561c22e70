using System.Collections;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Takes PCI devices and IOMMU groups as <see cref="PciDeviceTransformationAttribute"/> does, and mediated devices: what is neither is left to the other parameters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HostPciTransformationAttribute(bool takesMdev) : ArgumentTransformationAttribute
{
    private static readonly PciDeviceTransformationAttribute Pci = new();
    private static readonly MdevDeviceTransformationAttribute Mdev = new();

    /// <summary>The parameter takes mediated devices; else it takes PCI devices.</summary>
    public bool TakesMdev { get; } = takesMdev;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null) return null;
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var first = value is IEnumerable list and not string ? list.Cast<object>().FirstOrDefault() : inputData;
        if (first is null || IsMdev(first) != TakesMdev) return inputData;
        return TakesMdev ? Mdev.Transform(engineIntrinsics, inputData) : Pci.Transform(engineIntrinsics, inputData);
    }

    private static bool IsMdev(object item)
    {
        var wrapped = PSObject.AsPSObject(item);
        return wrapped.BaseObject is Guid || (wrapped.BaseObject is string text && Guid.TryParse(text, out _))
            || wrapped.TypeNames.Any(type => type.EndsWith("QemuPS.MdevDevice", StringComparison.Ordinal));
    }
}
