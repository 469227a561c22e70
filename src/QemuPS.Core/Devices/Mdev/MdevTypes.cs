using QemuPS.Devices.Pci;

namespace QemuPS.Devices.Mdev;

/// <summary>The types of mediated devices that a host offers (/sys/class/mdev_bus), and the vendors' own (<see cref="VendorVfio"/>).</summary>
public static class MdevTypes
{
    internal const string Parents = "/sys/class/mdev_bus";

    /// <summary>All types, by parent and id.</summary>
    /// <param name="root">The host.</param>
    public static IReadOnlyList<MdevType> Read(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var types = root.List(Parents).SelectMany(parent => OfParent(root, parent)).Concat(VendorVfio.Types(root));
        return [.. types.OrderBy(type => PciAddress.Parse(type.Parent) ?? default).ThenBy(type => type.Parent, StringComparer.Ordinal).ThenBy(type => Number(type.Id)).ThenBy(type => type.Id, StringComparer.Ordinal)];
    }

    /// <summary>A type as it is now; null where its parent has gone or does not offer it any more.</summary>
    public static MdevType? Find(SysfsRoot root, MdevType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Read(root).FirstOrDefault(each => each.Parent == type.Parent && each.Id == type.Id && each.Framework == type.Framework);
    }

    private static IEnumerable<MdevType> OfParent(SysfsRoot root, string parent)
    {
        if (root.Open($"{Parents}/{parent}/mdev_supported_types") is not { } types) yield break;
        foreach (var id in types.List())
        {
            if (types.Open(id) is not { } folder || folder.Number("available_instances") is not { } available) continue;
            var name = folder.Text("name");
            yield return new MdevType
            {
                Parent = DeviceText.Clean(parent),
                Id = DeviceText.Clean(id),
                Name = string.IsNullOrEmpty(name) ? DeviceText.Clean(id) : name,
                Description = Description(root, folder),
                DeviceApi = folder.Text("device_api"),
                AvailableInstances = available,
                Framework = MdevFramework.Mdev,
                SysfsPath = folder.Path,
            };
        }
    }

    // i915's has a line for each property.
    private static string? Description(SysfsRoot root, SysfsFolder folder) =>
        root.ReadBytes($"{folder.Path}/description") is { } text
            ? string.Join(", ", System.Text.Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => DeviceText.Clean(line)))
            : null;

    // "nvidia-63" before "nvidia-105".
    private static int Number(string id)
    {
        var digits = id.AsSpan(id.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1);
        return int.TryParse(digits, out var number) ? number : -1;
    }
}
