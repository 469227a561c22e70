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

    /// <summary>What it is for.</summary>
    public required PciClass Class { get; init; }

    /// <summary>The class in numbers: base class, subclass and programming interface, six lower-case hexadecimal digits, <c>030000</c>.</summary>
    public required string ClassCode { get; init; }

    /// <summary>pci.ids' name of the subclass: <c>VGA compatible controller</c>; null where it has none.</summary>
    public string? ClassName { get; init; }

    /// <summary>The host's driver that has it; null where none has.</summary>
    public string? Driver { get; init; }

    /// <summary>The number of its IOMMU group; null without one.</summary>
    public int? IommuGroup { get; init; }

    /// <summary>It is a bridge to another bus. VFIO does not mind such a bridge and its driver in a group that is given away.</summary>
    public bool IsBridge { get; init; }

    /// <summary>Its folder in sysfs, without links.</summary>
    public required string SysfsPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Address} {Name}";
}
