namespace QemuPS;

/// <summary>
/// A USB device that is plugged into this host, as the kernel shows it in /sys/bus/usb/devices
/// (Documentation/ABI/stable/sysfs-bus-usb and testing/sysfs-bus-usb). Text that the device itself brings is cleaned of
/// characters that steer a terminal.
/// </summary>
public sealed record UsbDevice
{
    /// <summary>usb.ids' name of the product, else the device's own, else <c>vendor:product</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Who made it: the device's own text, else usb.ids' name of the vendor; null where neither says.</summary>
    public string? Manufacturer { get; init; }

    /// <summary>What the device calls itself, else usb.ids' name; null where neither says.</summary>
    public string? Product { get; init; }

    /// <summary>The vendor's number: four lower-case hexadecimal digits, <c>046d</c>.</summary>
    public required string VendorId { get; init; }

    /// <summary>The product's number: four lower-case hexadecimal digits.</summary>
    public required string ProductId { get; init; }

    /// <summary>The device's serial number; null where it has none.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>The bus, from 1. A USB 3 controller has two: one for USB 2 and one for USB 3 devices.</summary>
    public required int BusNumber { get; init; }

    /// <summary>The address on the bus, 1 to 127. It is another one after each replug.</summary>
    public required int DeviceNumber { get; init; }

    /// <summary>The ports on the way from the root hub, <c>1.2</c>; null for a root hub. It stays while the cable stays.</summary>
    public string? Port { get; init; }

    /// <summary>The kernel's name of the place: bus and port, <c>1-1.2</c>, or <c>usb1</c> for a root hub.</summary>
    public required string BusId { get; init; }

    /// <summary>
    /// The same socket's place on the controller's other bus (sysfs <c>peer</c>), where a device of the other speed
    /// class would appear: <c>2-1.2</c>; null where the kernel knows of none.
    /// </summary>
    public string? PeerBusId { get; init; }

    /// <summary>It was plugged in when it was looked at; false for one that stands for what may come.</summary>
    public bool IsPluggedIn => DeviceNumber > 0;

    /// <summary>The speed of the connection in Mbit/s: 1.5, 12, 480, 5000, 10000, 20000; null where the kernel does not know it.</summary>
    public double? Speed { get; init; }

    /// <summary>The speed by the name in the USB specifications: <c>USB 2.0 High-Speed</c>.</summary>
    public string? SpeedName { get; init; }

    /// <summary>The most its active configuration takes from the bus, in mA; null where it is not configured.</summary>
    public int? MaxPowerMilliamperes { get; init; }

    /// <summary>The host lets it be used (sysfs <c>authorized</c>). A device that is not has no configuration and no interfaces.</summary>
    public bool IsAuthorized { get; init; } = true;

    /// <summary>The bus id of the hub it is plugged into; null for a root hub.</summary>
    public string? ParentBusId => Port is null ? null : BusId.LastIndexOf('.') is >= 0 and var dot ? BusId[..dot] : $"usb{BusNumber}";

    /// <summary>The bus ids of what is plugged into it, for a hub.</summary>
    public IReadOnlyList<string> Children { get; init; } = [];

    /// <summary>What it is for; where the device leaves that to its interfaces, the first one's class.</summary>
    public required UsbClass Class { get; init; }

    /// <summary>The number of <see cref="Class"/>: two lower-case hexadecimal digits, <c>03</c>.</summary>
    public string ClassCode => ((int)Class).ToString("x2", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The interfaces of the active configuration, by number; none where the device is not configured.</summary>
    public IReadOnlyList<UsbInterface> Interfaces { get; init; } = [];

    /// <summary>The host's drivers that have its interfaces, each once.</summary>
    public IReadOnlyList<string> Drivers { get; init; } = [];

    /// <summary>The node that a program opens to talk to it: <c>/dev/bus/usb/001/004</c>.</summary>
    public required string DevicePath { get; init; }

    /// <summary>Its folder in sysfs, without links.</summary>
    public required string SysfsPath { get; init; }

    /// <summary>This user may open <see cref="DevicePath"/> for reading and writing, by the kernel's own word.</summary>
    public bool CanAccess { get; init; }

    /// <summary>A line to paste that gives access; null where there is access.</summary>
    public string? AccessHint { get; init; }

    /// <summary>Another device of the same vendor and product number is plugged in: the numbers alone do not tell which is meant.</summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>It is a hub, a root hub included.</summary>
    public bool IsHub { get; init; }

    /// <summary>It is the hub inside of a controller.</summary>
    public bool IsRootHub => IsHub && Port is null;

    /// <summary>A file system or swap space on it is in use.</summary>
    public bool IsMounted => MountPoints.Count > 0;

    /// <summary>Where its file systems are mounted; <c>[swap]</c> for swap space. Encrypted and combined disks on it count.</summary>
    public IReadOnlyList<string> MountPoints { get; init; } = [];

    /// <summary>Its disks and partitions: <c>/dev/sda</c>, <c>/dev/sda1</c>.</summary>
    public IReadOnlyList<string> BlockDevices { get; init; } = [];

    /// <summary>The nodes of its keys, buttons and pointers: <c>/dev/input/event3</c>.</summary>
    public IReadOnlyList<string> InputDevices { get; init; } = [];

    /// <summary>Its network interfaces: <c>enx00e04c680001</c>.</summary>
    public IReadOnlyList<string> NetworkInterfaces { get; init; } = [];

    /// <summary>What the device says about itself; null unless it was asked for (<c>Get-UsbDevice -Detailed</c>).</summary>
    public UsbDescriptors? Descriptors { get; init; }

    /// <summary>The configurations of <see cref="Descriptors"/>; none unless they were asked for.</summary>
    public IReadOnlyList<UsbConfiguration> Configurations => Descriptors?.Configurations ?? [];

    /// <summary>Every keyboard of the host is on this device. A security key that types is not counted as one.</summary>
    public bool IsOnlyKeyboard { get; init; }

    /// <summary>Every mouse, touchpad or tablet of the host is on this device.</summary>
    public bool IsOnlyMouse { get; init; }

    /// <summary>It can be unplugged (true) or is built in (false); null where the firmware does not say.</summary>
    public bool? IsRemovable { get; init; }

    /// <summary>The machine that has it; null where none has.</summary>
    public string? AssignedVm { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{BusId} {VendorId}:{ProductId} {Name}";
}
