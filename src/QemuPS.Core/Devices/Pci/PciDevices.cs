using System.Globalization;
using QemuPS.Devices.Names;

namespace QemuPS.Devices.Pci;

/// <summary>Reads the PCI devices of a host.</summary>
internal sealed class PciDevices(SysfsRoot root)
{
    private readonly IdsFile _names = DeviceNames.Pci(root);

    /// <summary>A function's folder as a device; null where it is none, or has gone.</summary>
    public PciDevice? Read(SysfsFolder folder)
    {
        if (folder.Hex("vendor") is not { } vendor || folder.Hex("device") is not { } device || folder.Hex("class") is not { } code) return null;
        var vendorId = vendor.ToString("x4", CultureInfo.InvariantCulture);
        var deviceId = device.ToString("x4", CultureInfo.InvariantCulture);
        var className = _names.SubClass(code >> 16, code >> 8 & 0xff) ?? _names.Class(code >> 16);
        return new PciDevice
        {
            Address = Path.GetFileName(folder.Path),
            Name = _names.Device(vendor, device) ?? $"{className} {vendorId}:{deviceId}".TrimStart(),
            Vendor = _names.Vendor(vendor),
            VendorId = vendorId,
            DeviceId = deviceId,
            Class = PciClasses.FromCode(code),
            ClassCode = code.ToString("x6", CultureInfo.InvariantCulture),
            ClassName = className,
            Driver = folder.LinkName("driver"),
            IommuGroup = int.TryParse(folder.LinkName("iommu_group"), NumberStyles.None, CultureInfo.InvariantCulture, out var group) ? group : null,
            IsBridge = PciClasses.IsBusBridge(code),
            SysfsPath = folder.Path,
        };
    }
}
