namespace QemuPS.Machines;

/// <summary>Gives a machine its first drives.</summary>
public static class NewDrives
{
    private const string FirstCdDrive = "cd0";

    /// <summary>Adds disks: IDE on a pc machine, virtio-blk on others, unless a bus is given.</summary>
    public static VmDefinition WithDisks(this VmDefinition definition, IEnumerable<(string Path, string Format)> disks, VmDiskBus? bus)
    {
        var used = bus ?? (MachineTypes.IsPc(definition.MachineType) ? VmDiskBus.Ide : VmDiskBus.VirtioBlk);
        var first = definition.Drives.Count(drive => drive.Kind == VmDriveKind.Disk);
        var added = disks.Select((disk, number) => new VmDrive { Id = $"disk{first + number}", Path = disk.Path, Format = disk.Format, Bus = used });
        return definition with { Drives = [.. definition.Drives, .. added] };
    }

    /// <summary>Puts a disc into the first CD drive, which is added where there is none.</summary>
    /// <param name="definition">The machine.</param>
    /// <param name="path">The disc's image.</param>
    /// <param name="bootFirst">The machine starts from it before it tries anything else.</param>
    public static VmDefinition WithDisc(this VmDefinition definition, string path, bool bootFirst)
    {
        var drive = definition.Drives.FirstOrDefault(each => each.Kind == VmDriveKind.CdRom);
        var filled = (drive ?? new VmDrive { Id = FirstCdDrive, Kind = VmDriveKind.CdRom, Bus = VmDiskBus.Ide, ReadOnly = true }) with { Path = path, Format = "raw" };
        return definition with
        {
            Drives = drive is null ? [.. definition.Drives, filled] : [.. definition.Drives.Select(each => each == drive ? filled : each)],
            BootOrder = !bootFirst ? definition.BootOrder : [VmBootDevice.CdRom, .. definition.BootOrder.Where(device => device != VmBootDevice.CdRom)],
        };
    }

    /// <summary>Puts a disc into a CD drive of its own, which is added.</summary>
    public static VmDefinition WithFurtherDisc(this VmDefinition definition, string path) => definition.WithFurtherDisc(path, VmDiskBus.Ide);

    /// <summary>Puts a seed for cloud-init into a CD drive of its own: on virtio-scsi beside virtio disks, for the kernels of cloud images have no driver for SATA (Debian's: CONFIG_SATA_AHCI is not set).</summary>
    public static VmDefinition WithSeed(this VmDefinition definition, string path)
    {
        var isVirtio = definition.Drives.Any(drive => drive is { Kind: VmDriveKind.Disk, Bus: VmDiskBus.VirtioBlk or VmDiskBus.VirtioScsi });
        return definition.WithFurtherDisc(path, isVirtio ? VmDiskBus.VirtioScsi : VmDiskBus.Ide);
    }

    private static VmDefinition WithFurtherDisc(this VmDefinition definition, string path, VmDiskBus bus)
    {
        var number = Enumerable.Range(0, int.MaxValue).First(each => definition.Drives.All(drive => drive.Id != $"cd{each}"));
        return definition with { Drives = [.. definition.Drives, new VmDrive { Id = $"cd{number}", Kind = VmDriveKind.CdRom, Path = path, Format = "raw", Bus = bus, ReadOnly = true }] };
    }
}
