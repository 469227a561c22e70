namespace QemuPS.Devices.Pci;

/// <summary>The slots of the mainboard as the firmware numbers them (/sys/bus/pci/slots).</summary>
internal sealed class PciSlots
{
    private const string Slots = "/sys/bus/pci/slots";
    private readonly Dictionary<string, string> _byPlace = [];

    public PciSlots(SysfsRoot root)
    {
        foreach (var name in root.List(Slots))
        {
            // Domain, bus and device; a slot of a whole bus has no device.
            if (root.ReadText($"{Slots}/{name}/address") is { Length: > 0 } place) _byPlace.TryAdd(place, DeviceText.Clean(name));
        }
    }

    /// <summary>The slot a function is in; null where the firmware does not say.</summary>
    public string? Of(string address) =>
        _byPlace.Count > 0 && _byPlace.TryGetValue(address[..Math.Max(0, address.LastIndexOf('.'))], out var name) ? name : null;
}
