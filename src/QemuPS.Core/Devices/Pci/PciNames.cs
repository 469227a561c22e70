using System.Collections.Concurrent;
using System.Globalization;
using QemuPS.Devices.Names;

namespace QemuPS.Devices.Pci;

/// <summary>The names of pci.ids, each looked up once: a host's functions are of few kinds. Several threads may ask.</summary>
internal sealed class PciNames(IdsFile file)
{
    private readonly ConcurrentDictionary<int, string?> _vendors = new();
    private readonly ConcurrentDictionary<int, string?> _classes = new();
    private readonly ConcurrentDictionary<(int Vendor, int Device), string?> _devices = new();
    private readonly ConcurrentDictionary<PciIdentity, string?> _boards = new();

    public string? Vendor(int vendor) => _vendors.GetOrAdd(vendor, file.Vendor);

    /// <summary>The subclass's name, else the class's.</summary>
    public string? Class(int code) => _classes.GetOrAdd(code >> 8, _ => file.SubClass(code >> 16, code >> 8 & 0xff) ?? file.Class(code >> 16));

    public string Device(PciIdentity id) =>
        _devices.GetOrAdd((id.Vendor, id.Device), key => file.Device(key.Vendor, key.Device))
        ?? string.Create(CultureInfo.InvariantCulture, $"{Class(id.Class)} {id.Vendor:x4}:{id.Device:x4}").TrimStart();

    /// <summary>The board's name. One with the chip's own numbers is the chip, as lspci has it.</summary>
    public string? Subsystem(PciIdentity id) => _boards.GetOrAdd(id, key =>
        file.Subsystem(key.Vendor, key.Device, key.SubsystemVendor, key.SubsystemDevice)
        ?? (key.SubsystemVendor == key.Vendor && key.SubsystemDevice == key.Device ? file.Device(key.Vendor, key.Device) : null));
}
