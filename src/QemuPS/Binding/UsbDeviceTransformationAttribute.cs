using System.Collections;
using System.Management.Automation;
using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Binding;

/// <summary>
/// Takes for a USB device whatever stands for one: the object, its bus id (<c>1-1.2</c>), or an object that has been
/// through a file, a job or another session: then the device in the same place, if it is still the same one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UsbDeviceTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null) return null;
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var items = value is IEnumerable list and not string ? list.Cast<object>() : [inputData];
        return items.Select(ToDevice).ToArray();
    }

    private static UsbDevice ToDevice(object item)
    {
        var wrapped = PSObject.AsPSObject(item);
        if (wrapped.BaseObject is UsbDevice device) return device;
        var (busId, vendor, product) = wrapped.BaseObject is string text ? (text, null, null) : Identity(wrapped);
        return UsbDevices.Read(SysfsRoot.FromEnvironment()).FirstOrDefault(each => each.BusId == busId && (vendor is null || (each.VendorId == vendor && each.ProductId == product)))
            ?? throw new ArgumentTransformationMetadataException($"There is no USB device '{busId ?? wrapped.ToString()}' now.");
    }

    private static (string? BusId, string? Vendor, string? Product) Identity(PSObject item) =>
        (item.Properties["BusId"]?.Value as string, item.Properties["VendorId"]?.Value as string, item.Properties["ProductId"]?.Value as string);
}
