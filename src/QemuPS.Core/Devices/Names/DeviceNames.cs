using System.Collections.Concurrent;

namespace QemuPS.Devices.Names;

/// <summary>Finds the host's name files (hwdata, usbutils, pciutils), each read once a session.</summary>
internal static class DeviceNames
{
    private static readonly string[] Folders =
        ["/usr/share/hwdata", "/usr/share/misc", "/var/lib/usbutils", "/var/lib/pciutils", "/usr/share", "/usr/local/share"];

    private static readonly ConcurrentDictionary<(string Path, DateTime Changed), IdsFile> Read = new();

    /// <summary>The names of USB devices and classes.</summary>
    public static IdsFile Usb(SysfsRoot root) => Find(root, "usb.ids");

    /// <summary>The names of PCI devices and classes.</summary>
    public static IdsFile Pci(SysfsRoot root) => Find(root, "pci.ids");

    // A recorded host may bring its own file, but its devices have names without one too.
    private static IdsFile Find(SysfsRoot root, string file)
    {
        SysfsRoot[] roots = root.IsThisHost ? [root] : [root, new SysfsRoot()];
        foreach (var each in roots)
        {
            foreach (var folder in Folders)
            {
                if (each.Resolve($"{folder}/{file}") is { } real && File.Exists(each.Prefix + real)) return Load(each, real);
            }
        }

        return IdsFile.Empty;
    }

    private static IdsFile Load(SysfsRoot root, string path) =>
        Read.GetOrAdd(
            (root.Prefix + path, File.GetLastWriteTimeUtc(root.Prefix + path)),
            _ => root.ReadBytes(path) is { } text ? new IdsFile(text) : IdsFile.Empty);
}
