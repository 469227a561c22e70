using System.Collections;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Takes USB devices in all their forms, and PCI devices as objects.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HostDeviceTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly UsbDeviceTransformationAttribute Usb = new();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null) return null;
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var items = value is IEnumerable list and not string ? list.Cast<object>() : [inputData];
        return items.SelectMany(item => Unwrap(item) is PciDevice pci ? [pci] : (object[])Usb.Transform(engineIntrinsics, item)!).ToArray();
    }

    private static object Unwrap(object item) => item is PSObject wrapped ? wrapped.BaseObject : item;
}
