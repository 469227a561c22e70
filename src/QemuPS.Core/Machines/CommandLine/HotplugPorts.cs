using System.Globalization;
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
        return spare.Concat(Owners(definition).Select((id, number) => Port(OwnPort(id), FirstOwnChassis + number)));
    }

    /// <summary>The port that a device of the definition has for itself, or null.</summary>
    public static string? PortOf(VmDefinition definition, string id) =>
        !MachineTypes.IsPc(definition.MachineType) && Owners(definition).Contains(id) ? OwnPort(id) : null;

    /// <summary>Gives a device its place: a PCIe port that it has for itself, or the one that it was plugged into.</summary>
    public static void Place(VmDefinition definition, VmNetworkAdapter adapter, JsonObject device)
    {
        if (MachineTypes.IsPc(definition.MachineType))
        {
            if (SlotOf(adapter) is { } slot) device["addr"] = SlotAddress(slot);
        }
        else if ((IsOnSpare(definition, adapter) ? adapter.Port : PortOf(definition, adapter.Id)) is { } port)
        {
            device["bus"] = port;
        }
    }

    /// <summary>Whether a device of the running machine is one of these ports.</summary>
    public static bool IsPort(string id) => IsSpare(id) || id.StartsWith(OwnPrefix, StringComparison.Ordinal);

    /// <summary>Whether a port is a spare one.</summary>
    public static bool IsSpare(string port) => port.StartsWith(SparePrefix, StringComparison.Ordinal);

    /// <summary>The port that a device has for itself.</summary>
    public static string OwnPort(string id) => OwnPrefix + id;

    /// <summary>The slot of the one bus of a <c>pc</c> that an adapter was plugged into, or null.</summary>
    public static int? SlotOf(VmNetworkAdapter adapter) => int.TryParse(adapter.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) ? slot : null;

    /// <summary>A slot as the property <c>addr</c> of a device.</summary>
    public static string SlotAddress(int slot) => string.Create(CultureInfo.InvariantCulture, $"0x{slot:x}");

    private static JsonObject Port(string id, int chassis) => new() { ["driver"] = "pcie-root-port", ["id"] = id, ["chassis"] = chassis, ["slot"] = chassis };

    private static IEnumerable<string> Owners(VmDefinition definition) =>
        definition.Drives.Where(drive => drive.Hotpluggable && DriveArguments.IsPci(drive)).Select(drive => drive.Id)
            .Concat(definition.NetworkAdapters.Where(adapter => adapter.Hotpluggable && !IsOnSpare(definition, adapter)).Select(adapter => adapter.Id));

    // One that was plugged into a port that the machine has no more gets one of its own.
    private static bool IsOnSpare(VmDefinition definition, VmNetworkAdapter adapter) =>
        adapter.Port is { } port && Enumerable.Range(0, definition.HotplugPortCount).Any(number => SparePrefix + number == port);
}
