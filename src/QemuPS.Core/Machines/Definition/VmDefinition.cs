using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>
/// What a machine is, as the store keeps it in <c>vm.json</c>. The JSON has these names in camelCase; members it does
/// not know are kept as they are. Every member has a line in <see cref="DefinitionMembers"/> and one in <c>vm.schema.json</c>.
/// </summary>
public sealed record VmDefinition
{
    /// <summary>The version of the document's format that this code writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>What the document names as its schema.</summary>
    public const string SchemaId = "urn:qemups:schema:vm:1";

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

    /// <summary>The machine is not removed, until somebody takes this back.</summary>
    public bool Protected { get; init; }

    /// <summary>The machine is a model for copies and is not started, so that disks based on its disks stay whole.</summary>
    public bool Template { get; init; }

    /// <summary>QEMU's machine type: <c>pc</c>, <c>q35</c>, or a versioned one such as <c>pc-q35-7.2</c>.</summary>
    public string MachineType { get; init; } = "pc";

    /// <summary>What executes the guest's code.</summary>
    public VmAccelerator Accelerator { get; init; }

    /// <summary>QEMU's CPU model with its features, as <c>-cpu</c> takes it; null for the machine type's own.</summary>
    public string? CpuModel { get; init; }

    /// <summary>UEFI firmware; null for the machine type's own BIOS.</summary>
    public VmFirmware? Firmware { get; init; }

    /// <summary>A TPM 2.0 (swtpm); what it knows lies in the machine's folder.</summary>
    public bool Tpm { get; init; }

    /// <summary>The clock shows this host's local time, as Windows expects; UTC without it (<c>-rtc base=localtime</c>).</summary>
    public bool LocalTime { get; init; }

    /// <summary>Hyper-V's interfaces for guests, where KVM runs the machine: Windows waits less with them (docs/system/i386/hyperv of QEMU).</summary>
    public bool HyperV { get; init; }

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

    /// <summary>How the screen can be seen.</summary>
    public VmDisplay Display { get; init; }

    /// <summary>
    /// The port of 127.0.0.1 at which a VNC or SPICE display is seen; 0 lets QEMU pick a free one (VNC). Null, the usual, for a
    /// socket in the runtime folder, which is this user's alone.
    /// </summary>
    public int? DisplayPort { get; init; }

    /// <summary>A tablet instead of a mouse: the pointer is where the viewer's is.</summary>
    public bool Tablet { get; init; }

    /// <summary>The sound card.</summary>
    public VmSound Sound { get; init; }

    /// <summary>The USB controller; one is added all the same when a USB device needs it.</summary>
    public VmUsbController UsbController { get; init; }

    /// <summary>Free PCIe slots for devices added while a q35 machine runs.</summary>
    public int HotplugPortCount { get; init; } = 4;

    /// <summary>USB devices of the host given to the machine.</summary>
    public IReadOnlyList<VmUsbDevice> UsbDevices { get; init; } = [];

    /// <summary>PCI devices of the host, and mediated devices, given to the machine.</summary>
    public IReadOnlyList<VmPciDevice> PciDevices { get; init; } = [];

    /// <summary>Folders of the host that the guest can mount.</summary>
    public IReadOnlyList<VmSharedFolder> SharedFolders { get; init; } = [];

    /// <summary>A Linux kernel to start without a boot loader.</summary>
    public string? KernelPath { get; init; }

    /// <summary>The initial RAM disk for <see cref="KernelPath"/>.</summary>
    public string? InitrdPath { get; init; }

    /// <summary>The command line for <see cref="KernelPath"/>.</summary>
    public string? KernelCommandLine { get; init; }

    /// <summary>A channel for the agent in the guest; null for what the machine type has by custom: a <c>q35</c> machine has one, a <c>pc</c> has what PCs always had.</summary>
    public bool? GuestAgent { get; init; }

    /// <summary>QEMU denies itself system calls it does not need (<c>-sandbox</c>); null where this QEMU can.</summary>
    public bool? Sandbox { get; init; }

    /// <summary>Arguments for QEMU that have no property of their own, given last and as they are.</summary>
    public IReadOnlyList<string> QemuArgument { get; init; } = [];

    /// <summary>Members of the document that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }
}
