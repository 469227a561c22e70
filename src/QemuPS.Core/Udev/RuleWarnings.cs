using System.Text;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>What keeps a rule from working, as far as the rule and the host's groups tell.</summary>
internal sealed class RuleWarnings
{
    /// <summary>ATTRS, KERNELS, SUBSYSTEMS and DRIVERS of a rule have to be found on one device together.</summary>
    public const string TwoParents = "Its keys ending in S fit this device and its parents, but no single one of them has all: udev never mixes two parents, so the rule does not count.";

    private const string SeatFile = "73-seat-late.rules";
    private static readonly string[] OfDevice = ["idVendor", "idProduct", "serial", "manufacturer", "product", "busnum", "devnum", "bDeviceClass", "devpath"];
    private readonly HashSet<string> _groups;

    public RuleWarnings(SysfsRoot root) => _groups = [.. Groups(root)];

    /// <summary>The names of the host's groups; empty where they cannot be read.</summary>
    public static IEnumerable<string> Groups(SysfsRoot root) =>
        Encoding.UTF8.GetString(root.ReadBytes("/etc/group") ?? []).Split('\n').Where(line => line.Contains(':', StringComparison.Ordinal)).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]);

    /// <summary>The rule with its warnings.</summary>
    public UdevRule Add(UdevRule rule)
    {
        var found = Find(rule).ToList();
        return found.Count == 0 ? rule : rule with { Warning = [.. rule.Warning, .. found] };
    }

    private IEnumerable<string> Find(UdevRule rule)
    {
        var isLate = rule.Order is { } order && string.CompareOrdinal(order, SeatFile) >= 0;
        if (isLate && rule.Assignments.Any(key => key is { Key: "TAG", Value: "uaccess" }))
        {
            yield return $"TAG uaccess after {SeatFile[..^6]} has no effect: the file's name has to sort before it, as 70-name.rules does.";
        }

        if (rule.Matches.Any(IsOfDevice) && rule.Matches.Any(IsOfInterface)) yield return TwoParents;
        foreach (var key in rule.Assignments.Where(key => key.Key == "GROUP" && _groups.Count > 0 && !key.Value.Contains('$', StringComparison.Ordinal)))
        {
            if (!_groups.Contains(key.Value) && !key.Value.All(char.IsAsciiDigit)) yield return $"This host has no group '{key.Value}': udev ignores the key.";
        }

        if (rule.Assignments.Any(key => key.Key == "MODE" && key.Value.Length > 2 && key.Value[^1] is '6' or '7'))
        {
            if (rule.IsManaged || rule.Matches.Any(key => key.Attribute is "idVendor")) yield return "Every user of this host may write to the device.";
        }
    }

    private static bool IsOfDevice(UdevRuleKey key) => key.Key == "ATTRS" && OfDevice.Contains(key.Attribute);

    private static bool IsOfInterface(UdevRuleKey key) => key.Key == "ATTRS" && key.Attribute is { } name && (name.StartsWith("bInterface", StringComparison.Ordinal) || name == "bAlternateSetting");
}
