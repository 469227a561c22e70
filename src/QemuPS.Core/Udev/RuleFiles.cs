using System.Text;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>
/// The rules files of a host in the order udev reads them: by name over all folders; of files with the same name
/// the one in the first folder counts, and one that is empty or a link to /dev/null masks the others (udev(7)).
/// </summary>
internal static class RuleFiles
{
    /// <summary>Where an administrator's rules are.</summary>
    public const string Administrators = "/etc/udev/rules.d";

    /// <summary>udev's folders, the first counts most.</summary>
    public static readonly IReadOnlyList<string> Folders =
        [Administrators, "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"];

    /// <summary>The files that count, in udev's order.</summary>
    public static IReadOnlyList<string> Find(SysfsRoot root)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in Folders)
        {
            foreach (var name in root.List(folder))
            {
                if (name.EndsWith(".rules", StringComparison.Ordinal)) files.TryAdd(name, $"{folder}/{name}");
            }
        }

        return [.. files.Values.Where(path => !IsMask(root, path))];
    }

    /// <summary>The rules of a file; none where it cannot be read.</summary>
    public static IEnumerable<UdevRule> Read(SysfsRoot root, string path) =>
        root.ReadBytes(path) is { } text ? RuleSyntax.Parse(DeviceText.Clean(path), Encoding.UTF8.GetString(text)) : [];

    private static bool IsMask(SysfsRoot root, string path) => root.Resolve(path) == "/dev/null" || root.ReadBytes(path) is { Length: 0 };
}
