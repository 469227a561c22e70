namespace QemuPS.Machines;

/// <summary>What must be true of a definition whoever wrote it.</summary>
public static class DefinitionRules
{
    private const ulong Mebibyte = 1 << 20;
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
        if (definition.ProcessorCount is < 1 or > 255) return $"processorCount is {definition.ProcessorCount}, not 1 to 255";
        if (definition.MemoryStartupBytes < Mebibyte || definition.MemoryStartupBytes % Mebibyte != 0)
        {
            return $"memoryStartupBytes is {definition.MemoryStartupBytes}, not a whole number of MiB";
        }

        if (definition.HotplugPortCount is < 0 or > 32) return $"hotplugPortCount is {definition.HotplugPortCount}, not 0 to 32";
        if (definition.Drives.Count(drive => drive.Bus == VmDiskBus.Ide) > IdeSlots) return $"more than {IdeSlots} drives are on the IDE bus";
        if (definition.Drives.FirstOrDefault(drive => drive.Kind == VmDriveKind.Disk && drive.Path is null) is { } empty) return $"disk '{empty.Id}' has no path";
        return DriveRules.FindFault(definition) ?? NetworkRules.FindFault(definition) ?? FindDoubledId(definition) ?? FindControlCharacter(definition);
    }

    private static string? FindDoubledId(VmDefinition definition)
    {
        var ids = definition.Drives.Select(drive => drive.Id)
            .Concat(definition.NetworkAdapters.Select(adapter => adapter.Id))
            .Concat(definition.UsbDevices.Select(device => device.Id));
        return ids.GroupBy(id => id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } doubled
            ? $"two devices have the id '{doubled.Key}'"
            : null;
    }

    // They have no use in anything a machine is made of, and much abuse in terminals and logs. Paths are exempt:
    // a file's name may have any.
    private static string? FindControlCharacter(VmDefinition definition)
    {
        var texts = new[] { definition.MachineType, definition.CpuModel, definition.KernelCommandLine }
            .Concat(definition.Drives.SelectMany(drive => new[] { drive.Id, drive.Format }))
            .Concat(definition.NetworkAdapters.SelectMany(adapter => new[] { adapter.Id, adapter.Model, adapter.MacAddress }))
            .Concat(definition.QemuArgument);
        return texts.Any(text => text is not null && text.Any(char.IsControl)) ? "a value has a control character" : null;
    }
}
