using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>A PCI device of the host, or a mediated device, that is given to a machine (QEMU's <c>vfio-pci</c>).</summary>
public sealed record VmPciDevice
{
    /// <summary>The device's name in the machine, unique there: <c>pci-01-00.0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called on the host, for people.</summary>
    public string? Name { get; init; }

    /// <summary>The PCI device's address on the host; null for a mediated device.</summary>
    public string? Address { get; init; }

    /// <summary>Vendor and device, <c>10de:25a0</c>: addresses move when cards are added, and another card is not meant; null where any is.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The mediated device's UUID; null for a PCI device.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>A file with the device's firmware (ROM), for devices whose own cannot be read; null for its own.</summary>
    public string? RomPath { get; init; }

    /// <summary>The guest sees no firmware (ROM) of the device.</summary>
    public bool NoRom { get; init; }

    /// <summary>The guest starts with its display on this graphics card; the machine has no other display adapter then.</summary>
    public bool PrimaryGpu { get; init; }

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <summary>It stands for that device.</summary>
    internal bool Fits(PciDevice device) => Address == device.Address && (DeviceId is null || DeviceId == $"{device.VendorId}:{device.DeviceId}");

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({Address ?? Uuid?.ToString()}{(Name is null ? "" : $" {Name}")})";
}
