using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The arguments for disks and CD drives: a block node for the file, one for the format, and the device.</summary>
internal sealed class DriveArguments
{
    /// <summary>The controller that SCSI disks are on.</summary>
    public const string ScsiId = "scsi";

    /// <summary>Its bus.</summary>
    public const string ScsiBus = "scsi.0";

    // ide.0 and ide.1 with two drives each on a PC: disks from the first slot on, CD drives from the third, where
    // -cdrom has always put them. On q35 each of the six ports is a bus of its own.
    private static readonly (string Bus, int Unit)[] PcSlots = [("ide.0", 0), ("ide.0", 1), ("ide.1", 0), ("ide.1", 1)];
    private const int FirstCdSlot = 2;
    private const int AhciPorts = 6;

    private readonly VmDefinition _definition;
    private readonly bool _isPc;
    private readonly HashSet<int> _usedSlots = [];
    private readonly List<string> _arguments = [];

    private DriveArguments(VmDefinition definition)
    {
        _definition = definition;
        _isPc = MachineTypes.IsPc(definition.MachineType);
    }

    /// <summary>All drives but those on the USB bus.</summary>
    public static IReadOnlyList<string> Build(VmDefinition definition)
    {
        var builder = new DriveArguments(definition);
        builder.AddControllers();
        foreach (var drive in definition.Drives.Where(drive => BusOf(drive) != VmDiskBus.Usb)) builder.AddDrive(drive);
        return builder._arguments;
    }

    /// <summary>The drives on the USB bus, whose controller has to be there before them.</summary>
    public static IReadOnlyList<string> BuildUsb(VmDefinition definition)
    {
        var builder = new DriveArguments(definition);
        foreach (var drive in definition.Drives.Where(drive => BusOf(drive) == VmDiskBus.Usb)) builder.AddDrive(drive);
        return builder._arguments;
    }

    /// <summary>The device, without its place.</summary>
    public static JsonObject Device(VmDefinition definition, VmDrive drive)
    {
        var device = new JsonObject { ["driver"] = DriverOf(drive), ["id"] = drive.Id };
        if (drive.Path is not null) device["drive"] = DriveNodes.Top(drive.Id);
        // An NVMe controller has to have a serial number; guests tell disks apart by it.
        if ((drive.Serial ?? (BusOf(drive) == VmDiskBus.Nvme ? drive.Id : null)) is { } serial) device["serial"] = serial;
        if (DriveNodes.WriteCache(drive) is { } cache && drive.Kind == VmDriveKind.Disk) device["write-cache"] = cache;
        // An NVMe disk hands every error to its guest.
        if (drive.WriteError is { } action && BusOf(drive) != VmDiskBus.Nvme) device["werror"] = action.ToString().ToLowerInvariant();
        if (BootOrder.IndexOf(definition, drive) is { } index) device["bootindex"] = index;
        return device;
    }

    /// <summary>The controller that SCSI disks are on.</summary>
    public static JsonObject ScsiController() => new() { ["driver"] = "virtio-scsi-pci", ["id"] = ScsiId };

    /// <summary>The drive is a PCI device itself.</summary>
    public static bool IsPci(VmDrive drive) => BusOf(drive) is VmDiskBus.VirtioBlk or VmDiskBus.Nvme;

    /// <summary>The drive's bus: a CD drive cannot be a virtio-blk, NVMe or USB device.</summary>
    public static VmDiskBus BusOf(VmDrive drive) =>
        drive.Kind == VmDriveKind.CdRom && drive.Bus is VmDiskBus.VirtioBlk or VmDiskBus.Nvme or VmDiskBus.Usb ? VmDiskBus.Ide : drive.Bus;

    private void AddControllers()
    {
        if (_definition.Drives.Any(drive => BusOf(drive) == VmDiskBus.VirtioScsi)) AddDevice(ScsiController());
        if (_isPc && _definition.Drives.Any(drive => BusOf(drive) == VmDiskBus.Sata)) AddDevice(new JsonObject { ["driver"] = "ich9-ahci", ["id"] = "sata" });
    }

    private void AddDrive(VmDrive drive)
    {
        if (drive.Path is not null)
        {
            foreach (var node in DriveNodes.Build(drive)) _arguments.AddRange(["-blockdev", QemuOption.Json(node)]);
        }

        var device = Device(_definition, drive);
        Place(drive, device);
        AddDevice(device);
    }

    private static string DriverOf(VmDrive drive) => (BusOf(drive), drive.Kind) switch
    {
        (VmDiskBus.VirtioBlk, _) => "virtio-blk-pci",
        (VmDiskBus.Nvme, _) => "nvme",
        (VmDiskBus.VirtioScsi, VmDriveKind.CdRom) => "scsi-cd",
        (VmDiskBus.VirtioScsi, _) => "scsi-hd",
        (VmDiskBus.Usb, _) => "usb-storage",
        (_, VmDriveKind.CdRom) => "ide-cd",
        _ => "ide-hd",
    };

    private void Place(VmDrive drive, JsonObject device)
    {
        switch (BusOf(drive))
        {
            case VmDiskBus.Ide or VmDiskBus.Sata when !_isPc:
                device["bus"] = $"ide.{TakeSlot(drive, AhciPorts)}";
                break;
            case VmDiskBus.Ide:
                var slot = PcSlots[TakeSlot(drive, PcSlots.Length)];
                device["bus"] = slot.Bus;
                device["unit"] = slot.Unit;
                break;
            case VmDiskBus.Sata:
                device["bus"] = $"sata.{TakeSlot(drive, AhciPorts)}";
                break;
            case VmDiskBus.VirtioScsi:
                device["bus"] = ScsiBus;
                break;
            case VmDiskBus.Usb:
                device["bus"] = UsbArguments.Bus;
                break;
            default:
                if (HotplugPorts.PortOf(_definition, drive.Id) is { } port) device["bus"] = port;
                break;
        }
    }

    private int TakeSlot(VmDrive drive, int count)
    {
        var first = drive.Kind == VmDriveKind.CdRom ? FirstCdSlot : 0;
        var slot = Enumerable.Range(first, count).Select(number => number % count).FirstOrDefault(number => !_usedSlots.Contains(number), -1);
        if (slot < 0) throw new QemuException(ErrorId.InvalidDefinition, $"There is no free slot for '{drive.Id}': the bus takes {count} drives.");
        _usedSlots.Add(slot);
        return slot;
    }

    private void AddDevice(JsonObject device) => _arguments.AddRange(["-device", QemuOption.Json(device)]);
}
