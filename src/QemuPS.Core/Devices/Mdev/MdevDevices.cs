using System.Globalization;
using QemuPS.Devices.Pci;

namespace QemuPS.Devices.Mdev;

/// <summary>Mediated devices that exist, those that are defined only, and virtual functions with a vendor's type.</summary>
public static class MdevDevices
{
    internal const string Bus = "/sys/bus/mdev/devices";

    /// <summary>All of them, by parent and UUID or address.</summary>
    /// <param name="root">The host.</param>
    public static IReadOnlyList<MdevDevice> Read(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var definitions = MdevDefinitions.Read(root).DistinctBy(definition => definition.Uuid).ToDictionary(definition => definition.Uuid);
        var names = MdevTypes.Read(root).ToLookup(type => (type.Parent, type.Id), type => type.Name);
        var active = Active(root).Select(device => definitions.TryGetValue(device.Uuid!.Value, out var definition)
            ? device with { IsDefined = true, AutoStart = definition.AutoStart }
            : device).ToList();
        var there = active.Select(device => device.Uuid!.Value).ToHashSet();
        var waiting = definitions.Values.Where(definition => !there.Contains(definition.Uuid)).Select(definition => new MdevDevice
        {
            Uuid = definition.Uuid,
            Parent = definition.Parent,
            Type = definition.Type,
            IsActive = false,
            IsDefined = true,
            AutoStart = definition.AutoStart,
        });
        return
        [
            .. active.Concat(waiting).Select(device => device with { TypeName = names[(device.Parent, device.Type)].FirstOrDefault() }).Concat(VendorVfio.Devices(root))
                .OrderBy(device => PciAddress.Parse(device.Parent) ?? default).ThenBy(device => device.Parent, StringComparer.Ordinal)
                .ThenBy(device => PciAddress.Parse(device.Address ?? "") ?? default).ThenBy(device => device.Uuid?.ToString(), StringComparer.Ordinal),
        ];
    }

    /// <summary>A mediated device by its UUID, active or defined; null where there is none.</summary>
    public static MdevDevice? Find(SysfsRoot root, Guid uuid) => Read(root).FirstOrDefault(device => device.Uuid == uuid);

    private static IEnumerable<MdevDevice> Active(SysfsRoot root)
    {
        foreach (var name in root.List(Bus))
        {
            if (!Guid.TryParseExact(name, "D", out var uuid) || root.Open($"{Bus}/{name}") is not { } folder || folder.LinkName("mdev_type") is not { } type) continue;
            yield return new MdevDevice
            {
                Uuid = uuid,
                Parent = DeviceText.Clean(Path.GetFileName(Path.GetDirectoryName(folder.Path)!)),
                Type = type,
                IsActive = true,
                IsDefined = false,
                IommuGroup = int.TryParse(folder.LinkName("iommu_group"), NumberStyles.None, CultureInfo.InvariantCulture, out var group) ? group : null,
                SysfsPath = folder.Path,
            };
        }
    }
}
