namespace QemuPS.Machines;

/// <summary>
/// The boot order as numbers of single devices (<c>bootindex</c>), which every firmware understands. A drive with a number
/// of its own has that; the others follow the machine's boot order and take the numbers that are left.
/// </summary>
internal static class BootOrder
{
    /// <summary>The drive's place, from 0; null where drives of its kind are not booted from.</summary>
    public static int? IndexOf(VmDefinition definition, VmDrive drive) => IndexOf(definition, drive.Id);

    /// <summary>The adapter's place, from 0; null where the network is not booted from.</summary>
    public static int? IndexOf(VmDefinition definition, VmNetworkAdapter adapter) => IndexOf(definition, adapter.Id);

    private static int? IndexOf(VmDefinition definition, string id)
    {
        if (definition.Drives.FirstOrDefault(drive => drive.Id == id)?.BootIndex is { } own) return First(definition) + own;
        var place = Ordered(definition).ToList().IndexOf(id);
        return place < 0 ? null : First(definition) + Free(definition).ElementAt(place);
    }

    // A kernel that is started directly comes as an option ROM that takes the first place.
    private static int First(VmDefinition definition) => definition.KernelPath is null ? 0 : 1;

    private static IEnumerable<string> Ordered(VmDefinition definition) => definition.BootOrder.Distinct().SelectMany(kind => kind switch
    {
        VmBootDevice.Disk => Drives(definition, VmDriveKind.Disk),
        VmBootDevice.CdRom => Drives(definition, VmDriveKind.CdRom),
        _ => definition.NetworkAdapters.Select(adapter => adapter.Id),
    });

    private static IEnumerable<string> Drives(VmDefinition definition, VmDriveKind kind) =>
        definition.Drives.Where(drive => drive.Kind == kind && drive.BootIndex is null).Select(drive => drive.Id);

    private static IEnumerable<int> Free(VmDefinition definition)
    {
        var taken = definition.Drives.Select(drive => drive.BootIndex).ToHashSet();
        return Enumerable.Range(0, int.MaxValue).Where(number => !taken.Contains(number));
    }
}
