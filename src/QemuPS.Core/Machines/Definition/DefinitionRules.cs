namespace QemuPS.Machines;

/// <summary>What must be true of a definition and cannot be said in its schema.</summary>
public static class DefinitionRules
{
    private const int IdeSlots = 4;

    /// <summary>Throws at the first rule that is broken.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidVmName"/> or <see cref="ErrorId.InvalidDefinition"/>.</exception>
    public static void Require(VmDefinition definition, string source)
    {
        VmName.Require(definition.Name);
        if (FindFault(definition) is { } fault) throw new QemuException(ErrorId.InvalidDefinition, $"'{source}': {fault}.");
    }

    private static string? FindFault(VmDefinition definition)
    {
        if (definition.Drives.Count > IdeSlots && definition.Drives.Count(drive => drive.Bus == VmDiskBus.Ide) > IdeSlots) return $"more than {IdeSlots} drives are on the IDE bus";
        foreach (var drive in definition.Drives)
        {
            if (drive is { Kind: VmDriveKind.Disk, Path: null }) return $"disk '{drive.Id}' has no path";
        }

        foreach (var device in definition.PciDevices)
        {
            if (device.Address is null == device.Uuid is null) return $"PCI device '{device.Id}' has to have either an address or a uuid";
        }

        return DriveRules.FindFault(definition) ?? NetworkRules.FindFault(definition) ?? FindDoubledId(definition);
    }

    private static string? FindDoubledId(VmDefinition definition)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var drive in definition.Drives) if (!ids.Add(drive.Id)) return Doubled(drive.Id);
        foreach (var adapter in definition.NetworkAdapters) if (!ids.Add(adapter.Id)) return Doubled(adapter.Id);
        foreach (var device in definition.UsbDevices) if (!ids.Add(device.Id)) return Doubled(device.Id);
        foreach (var device in definition.PciDevices) if (!ids.Add(device.Id)) return Doubled(device.Id);
        return null;
    }

    private static string Doubled(string id) => $"two devices have the id '{id}'";
}
