using System.Globalization;
using QemuPS.Devices.Names;

namespace QemuPS.Devices.Usb;

/// <summary>Reads each device of the bus by itself; what depends on the other devices is not its business.</summary>
internal sealed class UsbDeviceReader(SysfsRoot root)
{
    private const string Bus = "/sys/bus/usb/devices";
    private readonly IdsFile _names = DeviceNames.Usb(root);
    private readonly MountedDisks _disks = new(root);

    public List<UsbDevice> ReadAll()
    {
        var entries = root.List(Bus);
        var interfaces = entries.Where(name => name.Contains(':', StringComparison.Ordinal)).ToLookup(name => name[..name.IndexOf(':', StringComparison.Ordinal)]);
        var places = entries.Select(UsbPlace.Parse).OfType<UsbPlace>().Order();
        return [.. places.Select(place => Read(place, interfaces[place.BusId])).OfType<UsbDevice>()];
    }

    private UsbDevice? Read(UsbPlace place, IEnumerable<string> interfaceNames)
    {
        if (root.Open($"{Bus}/{place.BusId}") is not { } folder
            || folder.Hex("idVendor") is not { } vendor
            || folder.Hex("idProduct") is not { } product
            || folder.Number("busnum") is not { } bus
            || folder.Number("devnum") is not { } number)
        {
            return null;
        }

        var vendorId = vendor.ToString("x4", CultureInfo.InvariantCulture);
        var productId = product.ToString("x4", CultureInfo.InvariantCulture);
        var named = _names.Device(vendor, product);
        var itself = Described(folder, "product");
        var interfaces = interfaceNames.Select(name => ReadInterface(folder.At(name))).OfType<UsbInterface>().OrderBy(each => each.Number).ToList();
        var deviceClass = (UsbClass)(folder.Hex("bDeviceClass") ?? 0);
        var speed = UsbSpeed.Parse(folder.Text("speed"));
        var device = new UsbDevice
        {
            Name = named ?? itself ?? $"{vendorId}:{productId}",
            Manufacturer = Described(folder, "manufacturer") ?? _names.Vendor(vendor),
            Product = itself ?? named,
            VendorId = vendorId,
            ProductId = productId,
            SerialNumber = Described(folder, "serial"),
            BusNumber = bus,
            DeviceNumber = number,
            Port = place.Port,
            BusId = place.BusId,
            PeerBusId = PeerOf(place, folder),
            Speed = speed,
            SpeedName = UsbSpeed.Name(speed),
            Class = ClassOf(deviceClass, interfaces),
            Interfaces = interfaces,
            Drivers = [.. interfaces.Select(each => each.Driver).OfType<string>().Distinct()],
            DevicePath = string.Create(CultureInfo.InvariantCulture, $"/dev/bus/usb/{bus:d3}/{number:d3}"),
            SysfsPath = folder.Path,
            IsHub = deviceClass == UsbClass.Hub,
            IsRemovable = folder.Text("removable") switch { "removable" => true, "fixed" => false, _ => null },
            MountPoints = deviceClass == UsbClass.Hub ? [] : _disks.Below(folder.Path),
        };
        return UsbAccess.Add(root, device);
    }

    private UsbInterface? ReadInterface(SysfsFolder folder)
    {
        if (folder.Hex("bInterfaceNumber") is not { } number || folder.Hex("bInterfaceClass") is not { } code) return null;
        return new UsbInterface(
            number,
            folder.Number("bAlternateSetting") ?? 0,
            (UsbClass)code,
            folder.Hex("bInterfaceSubClass") ?? 0,
            folder.Hex("bInterfaceProtocol") ?? 0,
            _names.Class(code) ?? ((UsbClass)code).ToString(),
            folder.LinkName("driver"));
    }

    // Devices with nothing to say have an empty text, or one of spaces.
    private static string? Described(SysfsFolder folder, string attribute) => folder.Text(attribute) is { Length: > 0 } text ? text : null;

    private static UsbClass ClassOf(UsbClass device, List<UsbInterface> interfaces) =>
        device is UsbClass.PerInterface or UsbClass.Miscellaneous && interfaces.Count > 0 ? interfaces[0].Class : device;

    private string? PeerOf(UsbPlace place, SysfsFolder folder)
    {
        if (place.SocketBelowHub() is not { } socket) return null;
        var hub = folder.Path[..folder.Path.LastIndexOf('/')];
        return UsbPlace.BehindSocket(new SysfsFolder(root, $"{hub}/{socket}").LinkName("peer"));
    }
}
