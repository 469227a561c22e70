using QemuPS.Devices.Pci;

namespace QemuPS;

/// <summary>
/// The devices that the IOMMU cannot keep apart: they go to a machine together or not at all
/// (Documentation/ABI/testing/sysfs-kernel-iommu_groups).
/// </summary>
public sealed record IommuGroup
{
    /// <summary>The group's number, from 0.</summary>
    public required int Id { get; init; }

    /// <summary>
    /// How the host's own use of the devices is translated: <c>DMA</c>, <c>DMA-FQ</c>, <c>identity</c>, <c>blocked</c>
    /// or <c>unknown</c>; null where the kernel does not say.
    /// </summary>
    public string? Type { get; init; }

    /// <summary>The PCI devices in it, by address.</summary>
    public required IReadOnlyList<PciDevice> Devices { get; init; }

    /// <summary>The names of what is in it besides: devices of a system on a chip, mediated devices.</summary>
    public IReadOnlyList<string> OtherDevices { get; init; } = [];

    /// <summary>The names of <see cref="OtherDevices"/> that a driver of the host has.</summary>
    public IReadOnlyList<string> OtherBlockingDevices { get; init; } = [];

    /// <summary>Besides bridges there are only the functions of one device in it: giving that away takes nothing else along.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>
    /// VFIO gives it to a machine as it is now: no driver of the host has one of its devices. Drivers of bridges do not
    /// matter, nor does a device without a driver.
    /// </summary>
    public bool IsViable => BlockingDevices.Count == 0 && OtherBlockingDevices.Count == 0;

    /// <summary>The devices that a driver of the host has. They have to go to vfio-pci, or lose their driver, first.</summary>
    public IReadOnlyList<PciDevice> BlockingDevices { get; init; } = [];

    /// <summary>Why these devices are together, and what blocks them; null unless it was asked for (<c>Get-IommuGroup -Detailed</c>).</summary>
    public string? Reason { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"IOMMU group {Id}";

    // The kernel's rule: vfio_dev_driver_allowed before Linux 5.19, driver_managed_dma since.
    internal static bool Blocks(PciDevice device) => device is { Driver: not null, IsBridge: false } && !PciDrivers.IsPlaceholder(device.Driver);
}
