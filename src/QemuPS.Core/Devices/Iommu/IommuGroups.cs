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
        var pci = new PciDevices(root);
        return from id in Ids(root) where ids is null || ids.Contains(id) select Read(root, pci, id);
    }

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

    private static IommuGroup Read(SysfsRoot root, PciDevices pci, int id)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"{Groups}/{id}");
        var devices = new List<PciDevice>();
        var others = new List<string>();
        foreach (var name in root.List($"{folder}/devices"))
        {
            if (root.Open($"{folder}/devices/{name}") is not { } device) continue;
            if (pci.Read(device) is { } found) devices.Add(found with { IommuGroup = id });
            else others.Add(name);
        }

        return new IommuGroup { Id = id, Type = root.ReadText($"{folder}/type"), Devices = devices, OtherDevices = others };
    }
}
