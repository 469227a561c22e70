namespace QemuPS.Machines;

/// <summary>The boot order as numbers of single devices (<c>bootindex</c>), which every firmware understands.</summary>
internal static class BootOrder
{
    /// <summary>The drive's place, from 0; null where drives of its kind are not booted from.</summary>
    public static int? IndexOf(VmDefinition definition, VmDrive drive)
    {
        var kind = drive.Kind == VmDriveKind.Disk ? VmBootDevice.Disk : VmBootDevice.CdRom;
        return Index(definition, kind, definition.Drives.Where(other => other.Kind == drive.Kind).ToList().IndexOf(drive));
    }

    /// <summary>The adapter's place, from 0; null where the network is not booted from.</summary>
    public static int? IndexOf(VmDefinition definition, VmNetworkAdapter adapter) =>
        Index(definition, VmBootDevice.Network, definition.NetworkAdapters.ToList().IndexOf(adapter));

    private static int? Index(VmDefinition definition, VmBootDevice kind, int number)
    {
        var place = definition.BootOrder.ToList().IndexOf(kind);
        return place < 0 ? null : First(definition) + definition.BootOrder.Take(place).Sum(before => CountOf(definition, before)) + number;
    }

    // A kernel that is started directly comes as an option ROM that takes the first place.
    private static int First(VmDefinition definition) => definition.KernelPath is null ? 0 : 1;

    private static int CountOf(VmDefinition definition, VmBootDevice kind) => kind switch
    {
        VmBootDevice.Disk => definition.Drives.Count(drive => drive.Kind == VmDriveKind.Disk),
        VmBootDevice.CdRom => definition.Drives.Count(drive => drive.Kind == VmDriveKind.CdRom),
        _ => definition.NetworkAdapters.Count,
    };
}
