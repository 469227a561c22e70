namespace QemuPS;

/// <summary>How a vendor's driver offers parts of its device.</summary>
public enum MdevFramework
{
    /// <summary>Mediated devices of the kernel, each with a UUID (Documentation/driver-api/vfio-mediated-device.rst).</summary>
    Mdev,
    /// <summary>Virtual functions that the driver gives a type: NVIDIA's vGPUs on newer cards, which have no mediated devices.</summary>
    VendorVfio,
}

/// <summary>A kind of device that a driver can make of a part of its own.</summary>
public sealed record MdevType
{
    /// <summary>The device it is made of: the address of a PCI device, or the kernel's name of another.</summary>
    public required string Parent { get; init; }

    /// <summary>The driver's name of the type, <c>nvidia-63</c>, <c>i915-GVTg_V5_4</c>; a number with <see cref="MdevFramework.VendorVfio"/>.</summary>
    public required string Id { get; init; }

    /// <summary>The type's name for people; the id where the driver has none.</summary>
    public required string Name { get; init; }

    /// <summary>What such a device has: memory, resolutions, how many there can be; null where the driver does not say.</summary>
    public string? Description { get; init; }

    /// <summary>How a machine takes it: <c>vfio-pci</c>, <c>vfio-ccw</c>, <c>vfio-ap</c>.</summary>
    public string? DeviceApi { get; init; }

    /// <summary>How many more can be made now.</summary>
    public required int AvailableInstances { get; init; }

    /// <summary>How the driver offers it.</summary>
    public required MdevFramework Framework { get; init; }

    /// <summary>The type's folder in sysfs; with <see cref="MdevFramework.VendorVfio"/> the parent's.</summary>
    public required string SysfsPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id} of {Parent}";
}
