namespace QemuPS.Devices.Usb;

/// <summary>The USB devices of a host.</summary>
public static class UsbDevices
{
    /// <summary>
    /// All USB devices, root hubs and hubs included, in the order of their places. A device that goes away while it
    /// is read is left out. It is one look at the whole bus: whether a device is ambiguous, or the only keyboard, depends on the others.
    /// </summary>
    /// <param name="root">The host.</param>
    public static IReadOnlyList<UsbDevice> Read(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var devices = new UsbDeviceReader(root).ReadAll();
        if (devices.Count == 0) return [];

        var alike = devices.ToLookup(device => (device.VendorId, device.ProductId));
        var children = devices.ToLookup(device => device.ParentBusId, device => device.BusId);
        var allInputs = InputDevices.Read(root);
        var inputs = allInputs.Where(input => !devices.Any(device => IsSecurityKey(device) && input.IsBelow(device.SysfsPath))).ToList();
        return [.. devices.Select(device => device with
        {
            IsAmbiguous = alike[(device.VendorId, device.ProductId)].Skip(1).Any(),
            Children = device.IsHub ? [.. children[device.BusId]] : [],
            InputDevices = device.IsHub ? [] : [.. allInputs.Where(input => input.IsBelow(device.SysfsPath)).Select(input => input.Node).OfType<string>()],
            IsOnlyKeyboard = !device.IsHub && HasAll(device, inputs.Where(input => input.IsKeyboard)),
            IsOnlyMouse = !device.IsHub && HasAll(device, inputs.Where(input => input.IsMouse)),
        })];
    }

    /// <summary>The device with its descriptors, as far as they can be read: it may have gone meanwhile.</summary>
    /// <param name="root">The host.</param>
    /// <param name="device">A device of it.</param>
    public static UsbDevice WithDescriptors(SysfsRoot root, UsbDevice device)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(device);
        var bytes = root.ReadBytes($"{device.SysfsPath}/descriptors") ?? [];
        var bos = root.ReadBytes($"{device.SysfsPath}/bos_descriptors") ?? [];
        return device with { Descriptors = new DescriptorNames(root).Add(DescriptorParser.Parse(bytes, bos, device.Speed)) };
    }

    /// <summary>The vendor and product of a device that only its socket is known of.</summary>
    internal const string AnyId = "0000";

    /// <summary>A device that is not plugged in, to be waited for.</summary>
    /// <param name="text">Vendor and product, <c>1050:0407</c>, or a place, <c>1-1.4</c>.</param>
    /// <returns>What stands for it, with <see cref="UsbDevice.IsPluggedIn"/> false; null where the text is neither.</returns>
    public static UsbDevice? Absent(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = text.Split(':');
        if (ids.Length == 2 && ids.All(id => id.Length == 4 && id.All(char.IsAsciiHexDigit))) return Absent(ids[0].ToLowerInvariant(), ids[1].ToLowerInvariant(), null, text);
        return UsbPlace.Parse(text) is { Port: not null } place ? Absent(AnyId, AnyId, place, $"Port {text}") : null;
    }

    private static UsbDevice Absent(string vendor, string product, UsbPlace? place, string name) => new()
    {
        Name = name,
        VendorId = vendor,
        ProductId = product,
        BusNumber = place?.Bus ?? 0,
        DeviceNumber = 0,
        Port = place?.Port,
        BusId = place?.BusId ?? "(absent)",
        Class = UsbClass.PerInterface,
        DevicePath = "",
        SysfsPath = "",
    };

    private static bool HasAll(UsbDevice device, IEnumerable<InputDevice> inputs)
    {
        var any = false;
        foreach (var input in inputs)
        {
            if (!input.IsBelow(device.SysfsPath)) return false;
            any = true;
        }

        return any;
    }

    // It types its codes as a keyboard would, but nobody works with it.
    private static bool IsSecurityKey(UsbDevice device) => device.Interfaces.Any(each => each.Class == UsbClass.SmartCard);
}
