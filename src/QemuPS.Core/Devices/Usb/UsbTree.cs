namespace QemuPS.Devices.Usb;

/// <summary>USB devices as the tree they are plugged into.</summary>
public static class UsbTree
{
    /// <summary>The devices and each hub on the way to them, hubs first.</summary>
    /// <param name="devices">The devices to show.</param>
    /// <param name="all">All devices of the host in the order of their places.</param>
    public static IEnumerable<UsbDevice> WithHubs(IEnumerable<UsbDevice> devices, IReadOnlyList<UsbDevice> all)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(all);
        var byPlace = all.ToDictionary(device => device.BusId);
        var shown = new HashSet<string>();
        foreach (var device in devices)
        {
            for (var each = device; each is not null && shown.Add(each.BusId); each = each.ParentBusId is { } hub ? byPlace.GetValueOrDefault(hub) : null)
            {
            }
        }

        return all.Where(device => shown.Contains(device.BusId));
    }
}
