namespace QemuPS.Machines;

/// <summary>What must be true of the drives of a definition.</summary>
internal static class DriveRules
{
    internal const int LongestSerial = 20;

    /// <summary>The first rule that is broken, or null.</summary>
    public static string? FindFault(VmDefinition definition) =>
        definition.Drives.Select(drive => FindFault(drive)).FirstOrDefault(fault => fault is not null) ?? FindDoubledBootIndex(definition);

    private static string? FindFault(VmDrive drive)
    {
        if (drive.WarnAtPercent is < 1 or > 100) return $"warnAtPercent of '{drive.Id}' is {drive.WarnAtPercent}, not 1 to 100";
        if (drive.BootIndex is < 0) return $"bootIndex of '{drive.Id}' is {drive.BootIndex}, not 0 or more";
        if (drive.MaximumIops is 0 || drive.MaximumBytesPerSecond is 0) return $"a limit of '{drive.Id}' is 0; leave it out for none";
        // What ATA and NVMe have room for; virtio and SCSI take no less.
        if (drive.Serial is { Length: 0 or > LongestSerial }) return $"serial of '{drive.Id}' has {drive.Serial.Length} characters, not 1 to {LongestSerial}";
        if (drive.Serial is { } serial && !serial.All(c => c is > ' ' and <= '~')) return $"serial of '{drive.Id}' has characters that are not printable ASCII";
        return drive is { Kind: VmDriveKind.Disk, ReadOnly: true, Bus: VmDiskBus.Ide or VmDiskBus.Sata }
            ? $"'{drive.Id}' is read-only, and QEMU has no read-only {drive.Bus} disk: choose another bus"
            : null;
    }

    private static string? FindDoubledBootIndex(VmDefinition definition) =>
        definition.Drives.Where(drive => drive.BootIndex is not null).GroupBy(drive => drive.BootIndex).FirstOrDefault(group => group.Count() > 1) is { } doubled
            ? $"two drives have the bootIndex {doubled.Key}"
            : null;
}
