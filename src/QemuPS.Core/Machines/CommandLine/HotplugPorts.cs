using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>
/// The PCIe root ports of a machine: spare ones for what comes while it runs, and one for each device that may go while
/// it runs. The root complex of q35 takes nothing and lets nothing go (docs/pcie.txt of QEMU).
/// </summary>
internal static class HotplugPorts
{
    private const string SparePrefix = "hotplug";
    private const string OwnPrefix = "port-";

    // Behind the numbers of the spare ports and of the ports for the host's devices.
    private const int FirstOwnChassis = 128;

    /// <summary>The ports in their order; none for a <c>pc</c>, whose one PCI bus takes and lets go itself.</summary>
    public static IEnumerable<JsonObject> Build(VmDefinition definition)
    {
        if (MachineTypes.IsPc(definition.MachineType)) return [];
        var spare = Enumerable.Range(0, definition.HotplugPortCount).Select(number => Port(SparePrefix + number, number + 1));
        return spare.Concat(Owners(definition).Select((id, number) => Port(OwnPrefix + id, FirstOwnChassis + number)));
    }

    /// <summary>The port that a device of the definition has for itself, or null.</summary>
    public static string? PortOf(VmDefinition definition, string id) =>
        !MachineTypes.IsPc(definition.MachineType) && Owners(definition).Contains(id) ? OwnPrefix + id : null;

    /// <summary>Whether a device of the running machine is one of these ports.</summary>
    public static bool IsPort(string id) => id.StartsWith(SparePrefix, StringComparison.Ordinal) || id.StartsWith(OwnPrefix, StringComparison.Ordinal);

    private static JsonObject Port(string id, int chassis) => new() { ["driver"] = "pcie-root-port", ["id"] = id, ["chassis"] = chassis, ["slot"] = chassis };

    private static IEnumerable<string> Owners(VmDefinition definition) =>
        definition.Drives.Where(drive => drive.Hotpluggable && DriveArguments.IsPci(drive)).Select(drive => drive.Id)
            .Concat(definition.NetworkAdapters.Where(adapter => adapter.Hotpluggable).Select(adapter => adapter.Id));
}
