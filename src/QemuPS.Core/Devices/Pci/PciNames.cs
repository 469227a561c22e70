using System.Globalization;
using QemuPS.Devices.Names;

namespace QemuPS.Devices.Pci;

/// <summary>The names of pci.ids, each looked up once: a host's functions are of few kinds.</summary>
internal sealed class PciNames(IdsFile file)
{
    private readonly Dictionary<int, string?> _vendors = [];
    private readonly Dictionary<int, string?> _classes = [];
    private readonly Dictionary<(int Vendor, int Device), string?> _devices = [];
    private readonly Dictionary<PciIdentity, string?> _boards = [];

    public string? Vendor(int vendor) => Once(_vendors, vendor, file.Vendor);

    /// <summary>The subclass's name, else the class's.</summary>
    public string? Class(int code) => Once(_classes, code >> 8, _ => file.SubClass(code >> 16, code >> 8 & 0xff) ?? file.Class(code >> 16));

    public string Device(PciIdentity id) =>
        Once(_devices, (id.Vendor, id.Device), key => file.Device(key.Vendor, key.Device))
        ?? string.Create(CultureInfo.InvariantCulture, $"{Class(id.Class)} {id.Vendor:x4}:{id.Device:x4}").TrimStart();

    /// <summary>The board's name. One with the chip's own numbers is the chip, as lspci has it.</summary>
    public string? Subsystem(PciIdentity id) => Once(_boards, id, key =>
        file.Subsystem(key.Vendor, key.Device, key.SubsystemVendor, key.SubsystemDevice)
        ?? (key.SubsystemVendor == key.Vendor && key.SubsystemDevice == key.Device ? file.Device(key.Vendor, key.Device) : null));

    private static string? Once<TKey>(Dictionary<TKey, string?> known, TKey key, Func<TKey, string?> find)
        where TKey : notnull
    {
        if (known.TryGetValue(key, out var name)) return name;
        return known[key] = find(key);
    }
}
