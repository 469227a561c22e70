namespace QemuPS.Devices.Pci;

/// <summary>The PCI devices of a host.</summary>
public static class PciDevices
{
    internal const string Bus = "/sys/bus/pci/devices";

    /// <summary>
    /// All functions by address, bridges included. One that goes away while it is read is left out. It is one look at the
    /// whole bus: whether a device can be given away depends on those of its group.
    /// </summary>
    /// <param name="root">The host.</param>
    public static IReadOnlyList<PciDevice> Read(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var places = root.List(Bus).Select(name => (Name: name, Place: PciAddress.Parse(name))).Where(each => each.Place is not null).OrderBy(each => each.Place).ToList();
        if (places.Count == 0) return [];
        var reader = new PciDeviceReader(root);
        // Most of the time is the kernel's, which answers several threads at once.
        var devices = places.AsParallel().AsOrdered().Select(each => root.Resolve($"{Bus}/{each.Name}") is { } path ? reader.Read(new SysfsFolder(root, path)) : null);
        return Judge([.. devices.OfType<PciDevice>()]);
    }

    /// <summary>The device at an address, as it is now; null where there is none.</summary>
    /// <param name="root">The host.</param>
    /// <param name="address">Its address; the domain 0000 can be left out.</param>
    public static PciDevice? Find(SysfsRoot root, string address) => At(Read(root), address);

    /// <summary>The device at an address; null where there is none.</summary>
    /// <param name="devices">The devices to look among.</param>
    /// <param name="address">Its address; the domain 0000 can be left out.</param>
    public static PciDevice? At(IEnumerable<PciDevice> devices, string address)
    {
        ArgumentNullException.ThrowIfNull(devices);
        return PciAddress.Parse(address) is { } place ? devices.FirstOrDefault(device => PciAddress.Parse(device.Address) == place) : null;
    }

    /// <summary>The address as lspci shows it: without the domain where that is 0000.</summary>
    public static string ShortAddress(PciDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Address.StartsWith("0000:", StringComparison.Ordinal) ? device.Address["0000:".Length..] : device.Address;
    }

    /// <summary>The error for a device that is not there.</summary>
    public static QemuException NotFound(string address) => PciAddress.Parse(address) is null
        ? new QemuException(ErrorId.PciDeviceNotFound, $"'{address}' is no address of a PCI device: they look like 0000:01:00.0.", $"Get-PciDevice -Name '*{address.Replace("'", "''", StringComparison.Ordinal)}*'")
        : new QemuException(ErrorId.PciDeviceNotFound, $"There is no PCI device at {address}.", "Get-PciDevice");

    // Bridges between buses stay behind (VFIO lets them); every other kind of bridge belongs to the host alone.
    internal static List<PciDevice> Judge(List<PciDevice> devices)
    {
        var usedGroups = devices.Where(device => device is { IommuGroup: not null, HostUse.Count: > 0 }).Select(device => device.IommuGroup).ToHashSet();
        return usedGroups.Count == 0 ? devices : devices.ConvertAll(device => device.IsPassthroughable && usedGroups.Contains(device.IommuGroup) ? device with { IsPassthroughable = false } : device);
    }
}
