using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>New-QemuVm</c>: defines machines.</summary>
[Cmdlet(VerbsCommon.New, "QemuVm", DefaultParameterSetName = "ExistingDisk", SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class NewQemuVmCommand : QemuCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("VmName")]
    [AllowEmptyString]
    public string Name { get; set; } = "";

    /// <summary>The guest's memory, in bytes or as text with a unit; 2 GiB without it.</summary>
    [Parameter]
    [SizeTransformation]
    [Alias("Memory")]
    public ulong MemoryStartupBytes { get; set; } = 2UL << 30;

    /// <summary>Virtual processors; one without it.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public int ProcessorCount { get; set; } = 1;

    /// <summary>QEMU's machine type; <c>pc</c> without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MachineTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string MachineType { get; set; } = "pc";

    /// <summary>QEMU's CPU model with its features; the machine type's own without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CpuModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string? CpuModel { get; set; }

    /// <summary>What executes the guest's code; Auto without it: KVM where it really runs, else TCG.</summary>
    [Parameter]
    public VmAccelerator Accelerator { get; set; }

    /// <summary>Disk images that exist.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "ExistingDisk")]
    [Alias("VHDPath", "Path", "FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] DiskPath { get; set; } = [];

    /// <summary>A disk image to create.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "NewDisk")]
    [Alias("NewVHDPath")]
    [ValidateNotNullOrEmpty]
    public string NewDiskPath { get; set; } = "";

    /// <summary>The new image's size, in bytes or as text with a unit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "NewDisk")]
    [Alias("NewVHDSizeBytes")]
    [SizeTransformation]
    public ulong NewDiskSizeBytes { get; set; }

    /// <summary>The machine has no disk.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "NoDisk")]
    [Alias("NoVHD")]
    public SwitchParameter NoDisk { get; set; }

    /// <summary>The disc in the CD drive.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? IsoPath { get; set; }

    /// <summary>How the guest sees its disks; IDE on a pc machine, virtio-blk on others without it.</summary>
    [Parameter]
    public VmDiskBus? DiskBus { get; set; }

    /// <summary>What the firmware tries, in this order; the CD first where there is a disc without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public VmBootDevice[]? BootOrder { get; set; }

    /// <summary>How the machine is connected.</summary>
    [Parameter]
    public VmNetwork Network { get; set; }

    /// <summary>QEMU's network adapter; virtio-net-pci without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NetworkModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string NetworkModel { get; set; } = "virtio-net-pci";

    /// <summary>The guest's network in CIDR form.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NetworkAddress { get; set; }

    /// <summary>The first address that DHCP gives out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DhcpStart { get; set; }

    /// <summary>Ports of the host that lead into the guest: <c>2222:22</c>, <c>tcp/8080:80</c>, <c>udp/0.0.0.0:53:53</c>; host port 0 picks a free one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] PortForward { get; set; } = [];

    /// <summary>The display adapter.</summary>
    [Parameter]
    public VmVga Vga { get; set; } = VmVga.Std;

    /// <summary>The sound card.</summary>
    [Parameter]
    public VmSound Sound { get; set; }

    /// <summary>The USB controller.</summary>
    [Parameter]
    public VmUsbController UsbController { get; set; }

    /// <summary>Free PCIe slots for devices added while a q35 machine runs; four without it.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int HotplugPortCount { get; set; } = 4;

    /// <summary>A Linux kernel to start without a boot loader.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KernelPath { get; set; }

    /// <summary>The initial RAM disk for the kernel.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? InitrdPath { get; set; }

    /// <summary>The kernel's command line.</summary>
    [Parameter]
    public string? KernelCommandLine { get; set; }

    /// <summary>Arguments for QEMU that no parameter stands for, given last and as they are.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] QemuArgument { get; set; } = [];

    /// <summary>Anything worth remembering.</summary>
    [Parameter]
    public string? Notes { get; set; }

    /// <summary>Words to find the machine by.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, Define);

    private void Define()
    {
        var store = VmStore.Open();
        var newDisk = NewDiskPath.Length == 0 ? null : NewDisk();
        var definition = ToDefinition();
        store.RequireNew(definition);

        var create = newDisk is null ? "" : $"{newDisk.Describe()}; ";
        if (!ShouldDo($"{create}Define the machine '{Name}' in '{store.PathOf(Name)}'")) return;
        var machine = new Machine(store, Name);
        WriteObject(Await(async (_, cancellation) =>
        {
            await MachineCreation.CreateAsync(machine, definition, newDisk, cancellation).ConfigureAwait(false);
            return await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false);
        }));
    }

    private DiskCreation NewDisk()
    {
        var path = this.FullPath(NewDiskPath);
        return new DiskCreation { Path = path, SizeBytes = NewDiskSizeBytes, Format = DiskFormats.FromExtension(path) ?? DiskFormat.Qcow2 };
    }

    private VmDefinition ToDefinition() => new()
    {
        Name = Name,
        MemoryStartupBytes = MemoryStartupBytes,
        ProcessorCount = ProcessorCount,
        MachineType = MachineType,
        CpuModel = CpuModel,
        Accelerator = Accelerator,
        Drives = Drives(),
        BootOrder = BootOrder ?? DefaultBootOrder(),
        NetworkAdapters = Network == VmNetwork.None ? [] : [NetworkAdapter()],
        Vga = Vga,
        Sound = Sound,
        UsbController = UsbController,
        HotplugPortCount = HotplugPortCount,
        KernelPath = ExistingFile(KernelPath),
        InitrdPath = ExistingFile(InitrdPath),
        KernelCommandLine = KernelCommandLine,
        QemuArgument = QemuArgument,
        Notes = Notes,
        Tag = Tag,
    };

    private List<VmDrive> Drives()
    {
        var bus = DiskBus ?? (MachineTypes.IsPc(MachineType) ? VmDiskBus.Ide : VmDiskBus.VirtioBlk);
        var disks = DiskPath.Select(path => Await((feedback, cancellation) => DiskReader.ReadAsync(this.FullPath(path), null, feedback, cancellation)))
            .Select(disk => (disk.Path, disk.Format))
            .ToList();
        if (NewDiskPath.Length > 0) disks.Add((NewDisk().Path, NewDisk().Format.ToQemuName()));

        var drives = disks.Select((disk, number) => new VmDrive { Id = $"disk{number}", Path = disk.Path, Format = disk.Format, Bus = bus }).ToList();
        if (ExistingFile(IsoPath) is { } iso) drives.Add(new VmDrive { Id = "cd0", Kind = VmDriveKind.CdRom, Path = iso, Bus = VmDiskBus.Ide, ReadOnly = true });
        return drives;
    }

    private VmBootDevice[] DefaultBootOrder() => IsoPath is null
        ? [VmBootDevice.Disk, VmBootDevice.CdRom, VmBootDevice.Network]
        : [VmBootDevice.CdRom, VmBootDevice.Disk, VmBootDevice.Network];

    private VmNetworkAdapter NetworkAdapter() => new()
    {
        Id = "net0",
        Model = NetworkModel,
        MacAddress = MacAddress.New(),
        NetworkAddress = NetworkAddress,
        DhcpStart = DhcpStart,
        PortForwards = [.. PortForward.Select(VmPortForward.Parse)],
    };

    private string? ExistingFile(string? path)
    {
        if (path is null) return null;
        var full = this.FullPath(path);
        return File.Exists(full) ? full : throw new QemuException(ErrorId.MediumNotFound, $"There is no file '{full}'.");
    }
}
