namespace QemuPS.Machines;

/// <summary>Puts the devices of a running machine into the order of a tree.</summary>
internal sealed class DeviceTree
{
    private const string UsbBus = "usb-bus";

    // Number by number, as ports and channels are counted.
    private static readonly Comparer<IReadOnlyList<int>> PlaceOrder = Comparer<IReadOnlyList<int>>.Create((one, other) =>
    {
        for (var i = 0; i < Math.Min(one.Count, other.Count); i++)
        {
            if (one[i] != other[i]) return one[i].CompareTo(other[i]);
        }

        return one.Count.CompareTo(other.Count);
    });

    private readonly string _vmName;
    private readonly PciFunctions _functions;
    private readonly DefinedParts _parts;
    private readonly ILookup<(string Bus, string Port), QomDevice> _usbDevices;
    private readonly ILookup<string, QomDevice> _children;
    private readonly List<QemuVmDevice> _devices = [];

    public DeviceTree(string vmName, IReadOnlyList<QomDevice> devices, PciFunctions functions, DefinedParts parts)
    {
        (_vmName, _functions, _parts) = (vmName, functions, parts);
        _usbDevices = devices.Where(device => device.Bus.Type == UsbBus).ToLookup(device => (device.Bus.Path, PortOf(device.Place)));
        _children = devices.ToLookup(device => ParentOf(device)?.Path ?? "");
        Add("", 0);
    }

    /// <summary>The devices: each behind the one it is plugged into, by their places.</summary>
    public IReadOnlyList<QemuVmDevice> Devices => _devices;

    private void Add(string parent, int depth)
    {
        foreach (var device in _children[parent].OrderBy(device => device.Bus.Name, StringComparer.Ordinal).ThenBy(device => device.Place, PlaceOrder).ThenBy(device => device.Number))
        {
            _devices.Add(Describe(device, depth));
            Add(device.Path, depth + 1);
        }
    }

    private QemuVmDevice Describe(QomDevice device, int depth)
    {
        var function = _functions.Find(device);
        var (part, partId) = _parts.Of(device.Id);
        return new QemuVmDevice
        {
            VmName = _vmName,
            Id = device.Id,
            Driver = device.Type,
            QomPath = device.Path,
            Bus = device.Bus.Name,
            BusType = device.Bus.Type,
            Address = AddressOf(device, function),
            Hotpluggable = device.Hotpluggable,
            ParentPath = ParentOf(device)?.Path,
            Depth = depth,
            Buses = [.. device.Buses.Select(bus => bus.Name)],
            Description = function?.Description,
            VendorId = function?.VendorId,
            DeviceId = function?.DeviceId,
            Part = part,
            PartId = partId,
        };
    }

    private static string? AddressOf(QomDevice device, PciFunction? function)
    {
        if (device.Place.Count == 0) return null;
        var place = device.Bus.Places.ToText(device.Place);
        return function is null ? place : $"{function.Bus:x2}:{place}";
    }

    // QEMU has all devices of a USB controller on one bus: which hub one is plugged into is in its port.
    private QomDevice? ParentOf(QomDevice device)
    {
        var hub = device.Bus.Type == UsbBus && device.Place.Count > 1 ? _usbDevices[(device.Bus.Path, PortOf(device.Place.SkipLast(1)))].FirstOrDefault() : null;
        return hub ?? device.Bus.Owner;
    }

    private static string PortOf(IEnumerable<int> ports) => string.Join('.', ports);
}
