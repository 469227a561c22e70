using System.Text.Json;
using System.Text.Json.Serialization;

namespace QemuPS.Machines;

/// <summary>
/// What a machine is, as the store keeps it in <c>vm.json</c>. The JSON has these names in camelCase; members it does
/// not know are kept as they are.
/// </summary>
public sealed record VmDefinition
{
    /// <summary>The version of the document's format that this code writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the document's format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The machine's name, unique in its store (<see cref="VmName"/>).</summary>
    public required string Name { get; init; }

    /// <summary>The machine's identity, also the UUID the guest sees in SMBIOS.</summary>
    public Guid Id { get; init; } = Guid.NewGuid();

    /// <summary>When it was defined.</summary>
    public DateTimeOffset CreationTime { get; init; } = DateTimeOffset.Now;

    /// <summary>Anything its owner wants to remember.</summary>
    public string? Notes { get; init; }

    /// <summary>Words to find it by.</summary>
    public IReadOnlyList<string> Tag { get; init; } = [];

    /// <summary>QEMU's machine type: <c>pc</c>, <c>q35</c>, or a versioned one such as <c>pc-q35-7.2</c>.</summary>
    public string MachineType { get; init; } = "pc";

    /// <summary>What executes the guest's code.</summary>
    public VmAccelerator Accelerator { get; init; }

    /// <summary>QEMU's CPU model with its features, as <c>-cpu</c> takes it; null for the machine type's own.</summary>
    public string? CpuModel { get; init; }

    /// <summary>Virtual processors, 1 to 255.</summary>
    public int ProcessorCount { get; init; } = 1;

    /// <summary>The guest's memory in bytes, a multiple of 1 MiB.</summary>
    public ulong MemoryStartupBytes { get; init; } = 2UL << 30;

    /// <summary>What the firmware tries, in this order.</summary>
    public IReadOnlyList<VmBootDevice> BootOrder { get; init; } = [VmBootDevice.Disk, VmBootDevice.CdRom, VmBootDevice.Network];

    /// <summary>Disks and CD drives in the order of their slots.</summary>
    public IReadOnlyList<VmDrive> Drives { get; init; } = [];

    /// <summary>Network adapters.</summary>
    public IReadOnlyList<VmNetworkAdapter> NetworkAdapters { get; init; } = [];

    /// <summary>The display adapter.</summary>
    public VmVga Vga { get; init; } = VmVga.Std;

    /// <summary>The sound card.</summary>
    public VmSound Sound { get; init; }

    /// <summary>The USB controller; one is added all the same when a USB device needs it.</summary>
    public VmUsbController UsbController { get; init; }

    /// <summary>Free PCIe slots for devices added while a q35 machine runs.</summary>
    public int HotplugPortCount { get; init; } = 4;

    /// <summary>USB devices of the host given to the machine.</summary>
    public IReadOnlyList<VmUsbDevice> UsbDevices { get; init; } = [];

    /// <summary>A Linux kernel to start without a boot loader.</summary>
    public string? KernelPath { get; init; }

    /// <summary>The initial RAM disk for <see cref="KernelPath"/>.</summary>
    public string? InitrdPath { get; init; }

    /// <summary>The command line for <see cref="KernelPath"/>.</summary>
    public string? KernelCommandLine { get; init; }

    /// <summary>Arguments for QEMU that have no property of their own, given last and as they are.</summary>
    public IReadOnlyList<string> QemuArgument { get; init; } = [];

    /// <summary>Members of the document that this version does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A disk or a CD drive of a machine.</summary>
public sealed record VmDrive
{
    /// <summary>The drive's name, unique in the machine: <c>disk0</c>, <c>cd0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>A disk or a CD drive.</summary>
    public VmDriveKind Kind { get; init; }

    /// <summary>The image's full path; null for a CD drive without a disc.</summary>
    public string? Path { get; init; }

    /// <summary>QEMU's name of the image's format. It is never guessed at start.</summary>
    public string Format { get; init; } = "raw";

    /// <summary>How the guest sees it.</summary>
    public VmDiskBus Bus { get; init; }

    /// <summary>The guest may not write. A CD drive is always so.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Members that this version does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Path ?? "empty"}";
}

/// <summary>A network adapter of a machine.</summary>
public sealed record VmNetworkAdapter
{
    /// <summary>The adapter's name, unique in the machine: <c>net0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>QEMU's device model.</summary>
    public string Model { get; init; } = "virtio-net-pci";

    /// <summary>The hardware address.</summary>
    public required string MacAddress { get; init; }

    /// <summary>The guest's network in CIDR form; null for QEMU's own, 10.0.2.0/24.</summary>
    public string? NetworkAddress { get; init; }

    /// <summary>The first address that DHCP gives out; null for the 15th of the network.</summary>
    public string? DhcpStart { get; init; }

    /// <summary>Ports of the host that lead into the guest.</summary>
    public IReadOnlyList<VmPortForward> PortForwards { get; init; } = [];

    /// <summary>Members that this version does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Model} {MacAddress}";
}

/// <summary>A USB device of the host that is given to a machine (QEMU's <c>usb-host</c>).</summary>
public sealed record VmUsbDevice
{
    /// <summary>The device's name in the machine, unique there: <c>usb-1050-0407</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called on the host, for people.</summary>
    public string? Name { get; init; }

    /// <summary>How it is found on the host.</summary>
    public required UsbMatch Match { get; init; }

    /// <summary>The machine starts without it when it is not plugged in.</summary>
    public bool Optional { get; init; }

    /// <summary>A reset by the guest stays in the machine: some devices come back as another one from a real reset (<c>guest-reset</c>).</summary>
    public bool NoGuestReset { get; init; }

    /// <summary>Where QEMU writes what goes over the wire, as a pcap file; null for nowhere.</summary>
    public string? CapturePath { get; init; }

    /// <summary>Members that this version does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Match})";
}
