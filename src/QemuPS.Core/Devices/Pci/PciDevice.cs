namespace QemuPS;

/// <summary>A function of a PCI device, as the kernel shows it in /sys/bus/pci/devices (Documentation/ABI/testing/sysfs-bus-pci).</summary>
public sealed record PciDevice
{
    /// <summary>Domain, bus, device and function: <c>0000:01:00.0</c>.</summary>
    public required string Address { get; init; }

    /// <summary>pci.ids' name of the device, else what it is and its numbers: <c>Audio device 10de:2291</c>.</summary>
    public required string Name { get; init; }

    /// <summary>pci.ids' name of the vendor; null where it has none.</summary>
    public string? Vendor { get; init; }

    /// <summary>The vendor's number: four lower-case hexadecimal digits, <c>8086</c>.</summary>
    public required string VendorId { get; init; }

    /// <summary>The device's number: four lower-case hexadecimal digits.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Who built the board: pci.ids' name of the subsystem's vendor; null where it has none.</summary>
    public string? SubsystemVendor { get; init; }

    /// <summary>pci.ids' name of the board; null where it has none.</summary>
    public string? Subsystem { get; init; }

    /// <summary>The board's vendor and number: <c>17aa:22e7</c>; null where the device does not say.</summary>
    public string? SubsystemId { get; init; }

    /// <summary>The revision: two lower-case hexadecimal digits, <c>0c</c>.</summary>
    public string? Revision { get; init; }

    /// <summary>What it is for.</summary>
    public required PciClass Class { get; init; }

    /// <summary>The class in numbers: base class, subclass and programming interface, six lower-case hexadecimal digits, <c>030000</c>.</summary>
    public required string ClassCode { get; init; }

    /// <summary>pci.ids' name of the subclass: <c>VGA compatible controller</c>; null where it has none.</summary>
    public string? ClassName { get; init; }

    /// <summary>The host's driver that has it; null where none has.</summary>
    public string? Driver { get; init; }

    /// <summary>The drivers that say they can drive it (modules.alias of the running kernel), and vfio-pci where the kernel has it.</summary>
    public IReadOnlyList<string> AvailableDrivers { get; init; } = [];

    /// <summary>The only driver that may bind to it (sysfs <c>driver_override</c>); null where any may.</summary>
    public string? DriverOverride { get; init; }

    /// <summary>The number of its IOMMU group; null without one.</summary>
    public int? IommuGroup { get; init; }

    /// <summary>The NUMA node it is near to; null where the host has only one, or does not say.</summary>
    public int? NumaNode { get; init; }

    /// <summary>The slot of the mainboard it is in, as the firmware calls it; null where that is not known.</summary>
    public string? PhysicalSlot { get; init; }

    /// <summary>
    /// How the kernel can reset it between two uses, best first: <c>flr</c>, <c>pm</c>, <c>bus</c>, ... None means that it comes to the
    /// next user as the last one left it. A kernel before 5.15 does not say how: <c>default</c>.
    /// </summary>
    public IReadOnlyList<string> ResetMethods { get; init; } = [];

    /// <summary>The firmware showed its messages on it.</summary>
    public bool IsBootVga { get; init; }

    /// <summary>It is a bridge to another bus. VFIO does not mind such a bridge and its driver in a group that is given away.</summary>
    public bool IsBridge { get; init; }

    /// <summary>It can be given to a machine: it is no bridge, is in an IOMMU group, and the host uses neither it nor what has to go with it.</summary>
    public bool IsPassthroughable { get; init; }

    /// <summary>What the host uses it for; none where nothing would be missed.</summary>
    public IReadOnlyList<PciHostUse> HostUse { get; init; } = [];

    /// <summary>How many virtual functions it has now; null for a device without SR-IOV.</summary>
    public int? VirtualFunctionCount { get; init; }

    /// <summary>How many virtual functions it can have; null for a device without SR-IOV.</summary>
    public int? VirtualFunctionMaximum { get; init; }

    /// <summary>The address of the function whose virtual function it is; null for every other device.</summary>
    public string? PhysicalFunction { get; init; }

    /// <summary>The address of the bridge it is behind; null for a device of a root bus.</summary>
    public string? ParentAddress { get; init; }

    /// <summary>The machine that has it in its definition; null where none has.</summary>
    public string? AssignedVm { get; init; }

    /// <summary>Its folder in sysfs, without links.</summary>
    public required string SysfsPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Address} {Name}";
}
