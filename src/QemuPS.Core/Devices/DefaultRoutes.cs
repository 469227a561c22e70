using System.Globalization;
using System.Text;

namespace QemuPS.Devices;

/// <summary>
/// The network interfaces that lead to the rest of the world: those of the default routes (/proc/net/route and ipv6_route),
/// through bridges, bonds and VLANs down to the devices that carry them (sysfs <c>lower_*</c>).
/// </summary>
internal static class DefaultRoutes
{
    private const string Networks = "/sys/class/net";
    private const int Up = 1;

    /// <summary>The interfaces with their folders in sysfs.</summary>
    public static IReadOnlyList<(string Name, string SysfsPath)> Interfaces(SysfsRoot root)
    {
        var found = new List<(string, string)>();
        var seen = new HashSet<string>();
        foreach (var name in Version4(Text(root, "/proc/net/route")).Concat(Version6(Text(root, "/proc/net/ipv6_route")))) Collect(root, name, found, seen);
        return found;
    }

    /// <summary>The interfaces of the default routes in a route file: destination and mask are zero, and the route is up.</summary>
    internal static IEnumerable<string> Version4(string routes) =>
        from line in routes.Split('\n').Skip(1)
        let fields = line.Split('\t', ' ')
        where fields.Length > 7 && fields[1] == "00000000" && fields[7].Trim() == "00000000" && Flags(fields[3]) is { } flags && (flags & Up) == Up
        select fields[0];

    /// <summary>The same of an ipv6_route file; a route that rejects is bound to the loopback interface.</summary>
    internal static IEnumerable<string> Version6(string routes) =>
        from line in routes.Split('\n')
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields.Length > 9 && fields[1] == "00" && fields[0].All(digit => digit == '0') && fields[9] != "lo" && Flags(fields[8]) is { } flags && (flags & Up) == Up
        select fields[9];

    private static void Collect(SysfsRoot root, string name, List<(string Name, string SysfsPath)> found, HashSet<string> seen)
    {
        if (name.Contains('/', StringComparison.Ordinal) || !seen.Add(name) || root.Resolve($"{Networks}/{name}") is not { } path) return;
        found.Add((DeviceText.Clean(name), path));
        const string lower = "lower_";
        foreach (var below in root.List(path).Where(each => each.StartsWith(lower, StringComparison.Ordinal))) Collect(root, below[lower.Length..], found, seen);
    }

    private static int? Flags(string hex) => int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags) ? flags : null;

    private static string Text(SysfsRoot root, string path) => root.ReadBytes(path) is { } text ? Encoding.UTF8.GetString(text) : "";
}
