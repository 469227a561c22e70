namespace QemuPS.Devices.Pci;

/// <summary>PCI devices as the tree of their bridges.</summary>
public static class PciTree
{
    /// <summary>The devices and each bridge on the way to them, bridges first.</summary>
    /// <param name="all">All devices of the host.</param>
    /// <param name="addresses">The devices to show.</param>
    public static IEnumerable<PciDevice> WithBridges(IReadOnlyList<PciDevice> all, IReadOnlyCollection<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(all);
        ArgumentNullException.ThrowIfNull(addresses);
        var byAddress = all.ToDictionary(device => device.Address);
        var shown = new HashSet<string>();
        foreach (var address in addresses)
        {
            for (var each = byAddress.GetValueOrDefault(address); each is not null && shown.Add(each.Address); each = each.ParentAddress is { } bridge ? byAddress.GetValueOrDefault(bridge) : null)
            {
            }
        }

        var behind = all.Where(device => shown.Contains(device.Address)).ToLookup(device => device.ParentAddress is { } bridge && byAddress.ContainsKey(bridge) ? bridge : "");
        return Below("");

        // Bus numbers follow no order that a reader would see: what is behind a bridge comes right after it.
        IEnumerable<PciDevice> Below(string bridge) => behind[bridge].SelectMany(device => Below(device.Address).Prepend(device));
    }
}
