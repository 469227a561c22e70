using System.Collections;
using System.Management.Automation;
using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Binding;

/// <summary>
/// Takes for a USB device whatever stands for one: the object, its bus id (<c>1-1.2</c>), its vendor and product
/// (<c>1050:0407</c>), or an object that has been through a file, a job or another session: then the device in the
/// same place, if it is still the same one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UsbDeviceTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>What is not plugged in may be meant as well.</summary>
    public bool AllowAbsent { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        // Events have a parameter of their own.
        if (inputData is null or PSObject { BaseObject: UsbDeviceEvent } or UsbDeviceEvent) return inputData;
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var items = value is IEnumerable list and not string ? list.Cast<object>() : [inputData];
        return items.SelectMany(ToDevices).ToArray();
    }

    private IEnumerable<UsbDevice> ToDevices(object item)
    {
        var wrapped = PSObject.AsPSObject(item);
        if (wrapped.BaseObject is UsbDevice device) return [device];
        return wrapped.BaseObject is string text ? [OfText(text)] : [OfObject(wrapped)];
    }

    private UsbDevice OfText(string text)
    {
        var all = UsbDevices.Read(SysfsRoot.FromEnvironment());
        var found = all.Where(each => each.BusId == text || string.Equals($"{each.VendorId}:{each.ProductId}", text, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count > 1) throw new ArgumentTransformationMetadataException($"'{text}' fits several USB devices: {string.Join("; ", found)}. Name one by its bus id.");
        return found.Count == 1 ? found[0] : (AllowAbsent ? UsbDevices.Absent(text) : null) ?? throw NotThere(text);
    }

    private UsbDevice OfObject(PSObject item)
    {
        string? Property(string name) => item.Properties[name]?.Value as string;

        var (busId, vendor, product) = (Property("BusId"), Property("VendorId"), Property("ProductId"));
        if (busId is null) throw NotThere(item.ToString());
        return UsbDevices.Read(SysfsRoot.FromEnvironment()).FirstOrDefault(each => each.BusId == busId && each.VendorId == vendor && each.ProductId == product)
            ?? (AllowAbsent ? UsbDevices.Absent($"{vendor}:{product}") : null)
            ?? throw NotThere(busId);
    }

    private static ArgumentTransformationMetadataException NotThere(string? what) => new($"There is no USB device '{what}' now: Get-UsbDevice shows those there are, by bus id (1-1.2) and vendor:product (1050:0407).");
}
