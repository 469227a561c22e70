using System.Globalization;
using System.Text;
using QemuPS.Devices.Pci;

namespace QemuPS.Devices.Mdev;

/// <summary>
/// NVIDIA's vGPUs without mediated devices (Linux 6.8 and later, newer cards): each virtual function of a card has a folder
/// <c>nvidia</c> with the types it could have (<c>creatable_vgpu_types</c>) and the one it has (<c>current_vgpu_type</c>, 0 for none).
/// </summary>
internal static class VendorVfio
{
    private const string Folder = "nvidia";

    /// <summary>The types that virtual functions without one could have, with the number of such functions.</summary>
    public static IEnumerable<MdevType> Types(SysfsRoot root) =>
        from offer in Functions(root).Where(function => function.Current == 0).SelectMany(function => function.Creatable.Select(type => (function.Parent, Type: type)))
        group offer by (offer.Parent, offer.Type.Id) into same
        let parent = root.Resolve($"{PciDevices.Bus}/{same.Key.Parent}")
        where parent is not null
        select new MdevType
        {
            Parent = same.Key.Parent,
            Id = same.Key.Id.ToString(CultureInfo.InvariantCulture),
            Name = same.First().Type.Name,
            DeviceApi = "vfio-pci",
            AvailableInstances = same.Count(),
            Framework = MdevFramework.VendorVfio,
            SysfsPath = parent,
        };

    /// <summary>The virtual functions that have a type.</summary>
    public static IEnumerable<MdevDevice> Devices(SysfsRoot root)
    {
        var functions = Functions(root).ToList();
        var names = functions.SelectMany(function => function.Creatable.Select(type => (function.Parent, type.Id, type.Name))).ToLookup(type => (type.Parent, type.Id), type => type.Name);
        return functions.Where(function => function.Current != 0).Select(function => new MdevDevice
        {
            Address = function.Address,
            Parent = function.Parent,
            Type = function.Current.ToString(CultureInfo.InvariantCulture),
            TypeName = names[(function.Parent, function.Current)].FirstOrDefault(),
            IsActive = true,
            IsDefined = false,
            IommuGroup = function.Group,
            Framework = MdevFramework.VendorVfio,
            SysfsPath = function.SysfsPath,
        });
    }

    /// <summary>The file that gives a virtual function its type.</summary>
    public static string TypeFile(string sysfsPath) => $"{sysfsPath}/{Folder}/current_vgpu_type";

    /// <summary>A virtual function of the type's parent that could have the type; null where none is left.</summary>
    public static string? FreeFunction(SysfsRoot root, MdevType type) =>
        Functions(root).FirstOrDefault(function => function.Parent == type.Parent && function.Current == 0 && function.Creatable.Any(each => each.Id.ToString(CultureInfo.InvariantCulture) == type.Id))?.Address;

    // "ID    : vGPU Name", then "1151  : NVIDIA A16-1B".
    internal static IEnumerable<(int Id, string Name)> Parse(string types) =>
        from line in types.Split('\n')
        let cut = line.IndexOf(':', StringComparison.Ordinal)
        where cut > 0 && int.TryParse(line.AsSpan(0, cut).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _)
        select (int.Parse(line.AsSpan(0, cut).Trim(), NumberStyles.None, CultureInfo.InvariantCulture), DeviceText.Clean(line[(cut + 1)..].Trim()));

    private static IEnumerable<Function> Functions(SysfsRoot root)
    {
        var places = root.List(PciDevices.Bus).Where(name => PciAddress.Parse(name) is not null).OrderBy(name => PciAddress.Parse(name));
        foreach (var address in places)
        {
            if (root.Open($"{PciDevices.Bus}/{address}") is not { } folder || folder.LinkName("physfn") is not { } parent) continue;
            if (folder.Number($"{Folder}/current_vgpu_type") is not { } current) continue;
            var creatable = root.ReadBytes($"{folder.Path}/{Folder}/creatable_vgpu_types") is { } text ? Parse(Encoding.UTF8.GetString(text)).ToList() : [];
            int? group = int.TryParse(folder.LinkName("iommu_group"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
            yield return new Function(address, parent, current, creatable, group, folder.Path);
        }
    }

    private sealed record Function(string Address, string Parent, int Current, IReadOnlyList<(int Id, string Name)> Creatable, int? Group, string SysfsPath);
}
