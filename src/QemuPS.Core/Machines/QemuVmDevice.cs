namespace QemuPS;

/// <summary>What of a machine's definition a device stands for.</summary>
public enum QemuVmDevicePart
{
    /// <summary>A disk or a CD drive: Get-QemuVmDisk.</summary>
    /// <remarks>Not zero: to PowerShell, zero is as good as no part.</remarks>
    Disk = 1,
    /// <summary>A network adapter: Get-QemuVmNetworkAdapter.</summary>
    NetworkAdapter,
    /// <summary>A USB device of the host: Get-VmUsbPassthrough.</summary>
    UsbPassthrough,
    /// <summary>A PCI device of the host: Get-VmPciPassthrough.</summary>
    PciPassthrough,
    /// <summary>A folder of the host: Get-QemuVmSharedFolder.</summary>
    SharedFolder,
    /// <summary>A root port for what is plugged in while the machine runs.</summary>
    HotplugPort,
}

/// <summary>A device of a running machine, as QEMU's object model has it (docs/devel/qom.rst and qdev of QEMU).</summary>
public sealed record QemuVmDevice
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The device's id: what device_del takes. Null for those that QEMU makes itself and those that were given none.</summary>
    public string? Id { get; init; }

    /// <summary>What it is, by QEMU's name: <c>virtio-net-pci</c>.</summary>
    public required string Driver { get; init; }

    /// <summary>Its path in QEMU's object model, for qom-list and qom-get.</summary>
    public required string QomPath { get; init; }

    /// <summary>The bus it is on, by QEMU's name: <c>pcie.0</c>.</summary>
    public required string Bus { get; init; }

    /// <summary>What kind of bus that is, by QEMU's name: <c>PCIE</c>, <c>usb-bus</c>, <c>SCSI</c>, <c>IDE</c>, <c>ISA</c>, <c>System</c>.</summary>
    public required string BusType { get; init; }

    /// <summary>
    /// Where it is on its bus. PCI: <c>00:1f.2</c>, as the guest's lspci shows it, without the bus's number (<c>1f.2</c>) while the
    /// guest's firmware has not given it one; USB: the port, <c>1.2</c>; SCSI: channel, target and unit, <c>0:0:0</c>; ISA: its first port,
    /// <c>0x3f8</c>; I2C: its address; the number of the place on others. Null where the bus has no places.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>It can be taken out while the machine runs, by QEMU's rules; whether the guest lets go of it is another matter.</summary>
    public required bool Hotpluggable { get; init; }

    /// <summary>The device that its bus belongs to, or the USB hub it is plugged into, as its QomPath; null on the machine's own bus.</summary>
    public string? ParentPath { get; init; }

    /// <summary>How many devices are above it.</summary>
    public required int Depth { get; init; }

    /// <summary>The buses it has itself, by QEMU's names.</summary>
    public IReadOnlyList<string> Buses { get; init; } = [];

    /// <summary>The class of a PCI device: <c>Ethernet controller</c>. Null for others, and behind a bridge that the guest's firmware has not set up.</summary>
    public string? Description { get; init; }

    /// <summary>The vendor's number of a PCI device: four lower-case hexadecimal digits. Null where <see cref="Description"/> is.</summary>
    public string? VendorId { get; init; }

    /// <summary>The device's number of a PCI device: four lower-case hexadecimal digits. Null where <see cref="Description"/> is.</summary>
    public string? DeviceId { get; init; }

    /// <summary>What of the definition it stands for; null for the rest.</summary>
    public QemuVmDevicePart? Part { get; init; }

    /// <summary>The name that this has in the definition: <c>net0</c>, whose device is <c>net0-adapter</c>. Null where <see cref="Part"/> is, and for ports.</summary>
    public string? PartId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{VmName}/{Id ?? Driver}";
}
