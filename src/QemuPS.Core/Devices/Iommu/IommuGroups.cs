using System.Globalization;
using QemuPS.Devices.Pci;

namespace QemuPS.Devices.Iommu;

/// <summary>The IOMMU groups of a host.</summary>
public static class IommuGroups
{
    private const string Groups = "/sys/kernel/iommu_groups";

    /// <summary>The groups by number. On a host whose IOMMU is off there are none.</summary>
    /// <param name="root">The host.</param>
    /// <param name="ids">The groups to read; all where it is null. A number that no group has is left out.</param>
    public static IEnumerable<IommuGroup> Read(SysfsRoot root, IReadOnlyCollection<int>? ids = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        var pci = new PciDeviceReader(root);
        return from id in Ids(root) where ids is null || ids.Contains(id) select Read(root, pci, id);
    }

    /// <summary>The group of a number; null where there is none.</summary>
    public static IommuGroup? Find(SysfsRoot root, int id) => Read(root, [id]).FirstOrDefault();

    /// <summary>
    /// The numbers of the groups, in order. The groups VFIO makes up in its no-IOMMU mode, which protect nothing, do not count.
    /// </summary>
    public static IReadOnlyList<int> Ids(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var ids = new List<int>();
        foreach (var name in root.List(Groups))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && root.ReadText($"{Groups}/{name}/name") != "vfio-noiommu") ids.Add(id);
        }

        ids.Sort();
        return ids;
    }

    /// <summary>The group with the reason why its devices are together, and why it can or cannot be given away.</summary>
    /// <param name="root">The host.</param>
    /// <param name="group">A group of it.</param>
    public static IommuGroup WithReason(SysfsRoot root, IommuGroup group)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(group);
        return group with { Reason = new GroupReason(root, group).Explain() };
    }

    private static IommuGroup Read(SysfsRoot root, PciDeviceReader pci, int id)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"{Groups}/{id}");
        var devices = new List<PciDevice>();
        var others = new List<SysfsFolder>();
        foreach (var name in root.List($"{folder}/devices"))
        {
            if (root.Open($"{folder}/devices/{name}") is not { } device) continue;
            if (pci.Read(device) is { } found) devices.Add(found with { IommuGroup = id });
            else others.Add(device);
        }

        devices = [.. PciDevices.Judge(devices).OrderBy(device => PciAddress.Parse(device.Address))];
        return new IommuGroup
        {
            Id = id,
            Type = root.ReadText($"{folder}/type"),
            Devices = devices,
            OtherDevices = [.. others.Select(NameOf)],
            OtherBlockingDevices = [.. others.Where(other => other.LinkName("driver") is { } driver && !driver.StartsWith("vfio", StringComparison.Ordinal)).Select(NameOf)],
            IsIsolated = others.Count == 0 && devices.Where(device => !device.IsBridge).Select(PlaceOf).Distinct().Count() <= 1,
            BlockingDevices = devices.FindAll(IommuGroup.Blocks),
        };
    }

    private static string NameOf(SysfsFolder folder) => DeviceText.Clean(Path.GetFileName(folder.Path));

    // The functions of one device share the address up to the dot; a virtual function is a device of its own.
    private static string PlaceOf(PciDevice device) =>
        device.PhysicalFunction is null ? device.Address[..Math.Max(0, device.Address.LastIndexOf('.'))] : device.Address;
}
