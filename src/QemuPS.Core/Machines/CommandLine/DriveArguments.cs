using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The arguments for disks and CD drives: a block node for the file, one for the format, and the device.</summary>
internal sealed class DriveArguments
{
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

    public static IReadOnlyList<string> Build(VmDefinition definition)
    {
        var builder = new DriveArguments(definition);
        builder.AddControllers();
        foreach (var drive in definition.Drives) builder.AddDrive(drive);
        return builder._arguments;
    }

    private void AddControllers()
    {
        if (_definition.Drives.Any(drive => BusOf(drive) == VmDiskBus.VirtioScsi)) AddDevice(new JsonObject { ["driver"] = "virtio-scsi-pci", ["id"] = "scsi" });
        if (_isPc && _definition.Drives.Any(drive => BusOf(drive) == VmDiskBus.Sata)) AddDevice(new JsonObject { ["driver"] = "ich9-ahci", ["id"] = "sata" });
    }

    private void AddDrive(VmDrive drive)
    {
        var readOnly = drive.ReadOnly || drive.Kind == VmDriveKind.CdRom;
        if (drive.Path is { } path) AddNodes(drive, path, readOnly);

        var device = new JsonObject { ["driver"] = DriverOf(drive), ["id"] = drive.Id };
        if (drive.Path is not null) device["drive"] = $"{drive.Id}-format";
        Place(drive, device);
        if (BootOrder.IndexOf(_definition, drive) is { } index) device["bootindex"] = index;
        AddDevice(device);
    }

    private void AddNodes(VmDrive drive, string path, bool readOnly)
    {
        AddBlockNode(new JsonObject { ["driver"] = "file", ["node-name"] = $"{drive.Id}-file", ["filename"] = path, ["read-only"] = readOnly });
        AddBlockNode(new JsonObject { ["driver"] = drive.Format, ["node-name"] = $"{drive.Id}-format", ["file"] = $"{drive.Id}-file", ["read-only"] = readOnly });
    }

    private static string DriverOf(VmDrive drive) => (BusOf(drive), drive.Kind) switch
    {
        (VmDiskBus.VirtioBlk, _) => "virtio-blk-pci",
        (VmDiskBus.Nvme, _) => "nvme",
        (VmDiskBus.VirtioScsi, VmDriveKind.CdRom) => "scsi-cd",
        (VmDiskBus.VirtioScsi, _) => "scsi-hd",
        (_, VmDriveKind.CdRom) => "ide-cd",
        _ => "ide-hd",
    };

    // A CD drive cannot be a virtio-blk or NVMe device.
    private static VmDiskBus BusOf(VmDrive drive) =>
        drive.Kind == VmDriveKind.CdRom && drive.Bus is VmDiskBus.VirtioBlk or VmDiskBus.Nvme ? VmDiskBus.Ide : drive.Bus;

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
                device["bus"] = "scsi.0";
                break;
            case VmDiskBus.Nvme:
                // The controller has to have a serial number; guests tell disks apart by it.
                device["serial"] = drive.Id;
                break;
            default:
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

    private void AddBlockNode(JsonObject node) => _arguments.AddRange(["-blockdev", QemuOption.Json(node)]);

    private void AddDevice(JsonObject device) => _arguments.AddRange(["-device", QemuOption.Json(device)]);
}
