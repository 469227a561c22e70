using System.Globalization;
using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>A function on a PCI bus of a running machine.</summary>
/// <param name="Bus">The bus's number, as the guest's firmware gave it.</param>
/// <param name="Slot">The slot on it.</param>
/// <param name="Function">The function of what is there.</param>
/// <param name="Id">The device's id; empty without one.</param>
/// <param name="Description">Its class in words; null where QEMU has none.</param>
/// <param name="VendorId">The vendor's number, four hexadecimal digits.</param>
/// <param name="DeviceId">The device's number, four hexadecimal digits.</param>
/// <param name="SecondaryBus">The number of the bus behind a bridge: 0 while the firmware has not given it one, null for what is no bridge.</param>
internal sealed record PciFunction(int Bus, int Slot, int Function, string Id, string? Description, string VendorId, string DeviceId, int? SecondaryBus);

/// <summary>What QEMU says of the functions on its PCI buses (qapi/pci.json, query-pci): those that the guest's firmware can have found.</summary>
internal sealed class PciFunctions(IReadOnlyList<PciFunction> functions)
{
    /// <summary>How QEMU is asked.</summary>
    public static readonly QmpQuestion Question = new("query-pci");

    /// <summary>Reads the answer; a machine without PCI refuses the question or has no bus.</summary>
    public static PciFunctions Parse(JsonElement answer) =>
        new(answer.ValueKind == JsonValueKind.Array ? [.. answer.EnumerateArray().SelectMany(bus => OnBus(bus.GetProperty("devices")))] : []);

    /// <summary>The function that a device is; null for what is none and for what is behind a bridge that has not been set up.</summary>
    public PciFunction? Find(QomDevice device)
    {
        if (device.Bus.Places != BusPlaces.Pci || device.Place.Count == 0) return null;
        if (NumberOf(device.Bus) is not { } bus) return device.Id is { } id ? functions.FirstOrDefault(function => function.Id == id) : null;
        var (slot, number) = (BusPlaces.Slot(device.Place[0]), BusPlaces.Function(device.Place[0]));
        return functions.FirstOrDefault(function => function.Bus == bus && function.Slot == slot && function.Function == number);
    }

    // A bridge's bus has the number that the firmware wrote into the bridge. Of those that no PCI device has, the machine's own is the
    // first; an expander's (pxb) has one that only its devices' ids lead to.
    private int? NumberOf(QomBus bus)
    {
        if (bus.Owner is not { } owner || owner.Bus.Places != BusPlaces.Pci) return bus.Type is "PCI" or "PCIE" ? 0 : null;
        return Find(owner)?.SecondaryBus is > 0 and var number ? number : null;
    }

    private static IEnumerable<PciFunction> OnBus(JsonElement devices)
    {
        foreach (var device in devices.EnumerateArray())
        {
            var bridge = device.TryGetProperty("pci_bridge", out var found) ? found : (JsonElement?)null;
            yield return ToFunction(device, bridge?.GetProperty("bus").GetProperty("secondary").GetInt32());
            if (bridge is not { } behind || !behind.TryGetProperty("devices", out var others)) continue;
            foreach (var other in OnBus(others)) yield return other;
        }
    }

    private static PciFunction ToFunction(JsonElement device, int? secondary)
    {
        var id = device.GetProperty("id");
        return new PciFunction(
            device.GetProperty("bus").GetInt32(),
            device.GetProperty("slot").GetInt32(),
            device.GetProperty("function").GetInt32(),
            device.GetProperty("qdev_id").GetString()!,
            device.GetProperty("class_info").TryGetProperty("desc", out var description) ? description.GetString() : null,
            Hexadecimal(id.GetProperty("vendor")),
            Hexadecimal(id.GetProperty("device")),
            secondary);
    }

    private static string Hexadecimal(JsonElement number) => number.GetInt32().ToString("x4", CultureInfo.InvariantCulture);
}
