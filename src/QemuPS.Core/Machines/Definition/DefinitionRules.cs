namespace QemuPS.Machines;

/// <summary>What must be true of a definition and cannot be said in its schema.</summary>
public static class DefinitionRules
{
    private const int IdeSlots = 4;
    private const int FirstVncPort = 5900;

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

        if (definition.SharedFolders.GroupBy(share => share.Tag).FirstOrDefault(tag => tag.Count() > 1) is { } doubled) return $"two shared folders have the tag '{doubled.Key}'";
        return DriveRules.FindFault(definition) ?? NetworkRules.FindFault(definition) ?? FindDisplayFault(definition) ?? FindDoubledId(definition);
    }

    // VNC counts its displays from port 5900 on; SPICE does not look for a free port.
    private static string? FindDisplayFault(VmDefinition definition) => (definition.Display, definition.DisplayPort) switch
    {
        (VmDisplay.Vnc, > 0 and < FirstVncPort) => $"displayPort is {definition.DisplayPort}, and VNC begins at {FirstVncPort}",
        (VmDisplay.Spice, 0) => "displayPort is 0, and SPICE does not look for a free port",
        _ => null,
    };

    /// <summary>The ids of all devices, in which a machine has one namespace.</summary>
    internal static IEnumerable<string> DeviceIds(VmDefinition definition) =>
        definition.Drives.Select(drive => drive.Id)
            .Concat(definition.NetworkAdapters.Select(adapter => adapter.Id))
            .Concat(definition.UsbDevices.Select(device => device.Id))
            .Concat(definition.PciDevices.Select(device => device.Id))
            .Concat(definition.SharedFolders.Select(share => share.Id));

    private static string? FindDoubledId(VmDefinition definition)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        return DeviceIds(definition).FirstOrDefault(id => !ids.Add(id)) is { } doubled ? $"two devices have the id '{doubled}'" : null;
    }
}
