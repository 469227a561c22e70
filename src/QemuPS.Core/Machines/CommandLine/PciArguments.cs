using System.Globalization;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>
/// The host's PCI devices as QEMU's devices. On a machine with PCI Express each of the host's devices is behind a root port
/// of its own, as it is on a real board, and its functions are the functions of one device there as well
/// (docs/pcie.txt of QEMU; guests expect a graphics card and its sound in one place).
/// </summary>
internal static class PciArguments
{
    // Behind the numbers of the ports for hot plug.
    private const int FirstChassis = 64;

    /// <summary>Root ports and devices.</summary>
    public static IEnumerable<JsonObject> Devices(VmDefinition definition)
    {
        var isPc = MachineTypes.IsPc(definition.MachineType);
        var port = 0;
        foreach (var together in definition.PciDevices.GroupBy(PlaceOf))
        {
            if (isPc)
            {
                foreach (var device in together) yield return Device(device, null);
                continue;
            }

            var bus = string.Create(CultureInfo.InvariantCulture, $"hostpci{port}");
            yield return new JsonObject { ["driver"] = "pcie-root-port", ["id"] = bus, ["chassis"] = FirstChassis + port, ["slot"] = FirstChassis + port };
            port++;
            var functions = together.OrderBy(device => device.Address, StringComparer.Ordinal).ToList();
            for (var function = 0; function < functions.Count; function++)
            {
                var argument = Device(functions[function], bus);
                argument["addr"] = string.Create(CultureInfo.InvariantCulture, $"0.{function}");
                if (function == 0 && functions.Count > 1) argument["multifunction"] = true;
                yield return argument;
            }
        }
    }

    /// <summary>The device, on a bus or where QEMU puts it.</summary>
    public static JsonObject Device(VmPciDevice device, string? bus)
    {
        var argument = new JsonObject { ["driver"] = "vfio-pci", ["id"] = device.Id };
        if (device.Uuid is { } uuid) argument["sysfsdev"] = $"/sys/bus/mdev/devices/{uuid:D}";
        else argument["host"] = device.Address;
        if (bus is not null) argument["bus"] = bus;
        if (device.RomPath is { } rom) argument["romfile"] = rom;
        if (device.NoRom) argument["rombar"] = 0;
        if (device.PrimaryGpu) argument["x-vga"] = true;
        return argument;
    }

    /// <summary>The machine's own display adapter makes room for one of the host's.</summary>
    public static bool TakesDisplay(VmDefinition definition) => definition.PciDevices.Any(device => device.PrimaryGpu);

    private static string PlaceOf(VmPciDevice device) =>
        device.Address is { } address && address.LastIndexOf('.') is > 0 and var dot ? address[..dot] : device.Id;
}
