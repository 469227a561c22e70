using System.Globalization;
using QemuPS.Devices.Names;

namespace QemuPS.Devices.Usb;

/// <summary>Reads each device of the bus by itself; what depends on the other devices is not its business.</summary>
internal sealed class UsbDeviceReader(SysfsRoot root)
{
    private const string Bus = "/sys/bus/usb/devices";
    private readonly IdsFile _names = DeviceNames.Usb(root);
    private readonly MountedDisks _disks = new(root);
    private readonly Lazy<(string Name, string Path)[]> _networks = new(() =>
        [.. from name in root.List("/sys/class/net") let path = root.Resolve($"/sys/class/net/{name}") where path is not null select (name, path)]);

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
        var isHub = deviceClass == UsbClass.Hub;
        var device = new UsbDevice
        {
            Name = named ?? itself ?? ClassNameOf(deviceClass, interfaces) ?? $"{vendorId}:{productId}",
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
            MaxPowerMilliamperes = Milliamperes(folder.Text("bMaxPower")),
            IsAuthorized = folder.Text("authorized") != "0",
            IsHub = isHub,
            IsRemovable = folder.Text("removable") switch { "removable" => true, "fixed" => false, _ => null },
            MountPoints = isHub ? [] : _disks.Below(folder.Path),
            BlockDevices = isHub ? [] : [.. _disks.BlocksOf(folder.Path).Select(name => $"/dev/{DeviceText.Clean(name)}")],
            NetworkInterfaces = isHub ? [] : [.. from net in _networks.Value where net.Path.StartsWith(folder.Path + "/", StringComparison.Ordinal) select DeviceText.Clean(net.Name)],
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

    // "500mA" (drivers/usb/core/sysfs.c); empty where the device is not configured.
    private static int? Milliamperes(string? text) =>
        text is not null && text.EndsWith("mA", StringComparison.Ordinal) && int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // What neither usb.ids nor the device names is at least of a kind.
    private string? ClassNameOf(UsbClass device, List<UsbInterface> interfaces)
    {
        var code = ClassOf(device, interfaces);
        return code is UsbClass.PerInterface or UsbClass.Miscellaneous or UsbClass.VendorSpecific ? null : _names.Class((int)code);
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
