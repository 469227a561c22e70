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

    /// <inheritdoc/>
    public override string ToString() => $"IOMMU group {Id}";
}
