using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>The udev rules of a host, with udev's own precedence.</summary>
public static class UdevRules
{
    /// <summary>All rules in the order udev reads them, each with what keeps it from working.</summary>
    /// <param name="root">The host.</param>
    public static IReadOnlyList<UdevRule> Read(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var warnings = new RuleWarnings(root);
        return [.. RuleFiles.Find(root).SelectMany(file => RuleFiles.Read(root, file)).Select(warnings.Add)];
    }

    /// <summary>The rules of one file, whether udev reads it or not.</summary>
    /// <param name="root">The host.</param>
    /// <param name="path">The file's path on the host.</param>
    public static IReadOnlyList<UdevRule> ReadFile(SysfsRoot root, string path)
    {
        ArgumentNullException.ThrowIfNull(root);
        var warnings = new RuleWarnings(root);
        return [.. RuleFiles.Read(root, path).Select(warnings.Add)];
    }

    /// <summary>The rules that count for a device when it is plugged in, and those that only seem to.</summary>
    /// <param name="root">The host.</param>
    /// <param name="rules">All rules in udev's order.</param>
    /// <param name="sysfsPath">The device's folder in sysfs.</param>
    public static IReadOnlyList<UdevRule> ForDevice(SysfsRoot root, IReadOnlyList<UdevRule> rules, string sysfsPath)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(rules);
        return RuleDevice.Read(root, sysfsPath) is { } device ? [.. new RuleMatcher(device).Run(rules)] : [];
    }

    /// <summary>The rules with a word about those of ours whose device is not plugged in.</summary>
    /// <param name="rules">Rules.</param>
    /// <param name="plugged">What is plugged in.</param>
    public static IEnumerable<UdevRule> WithMissingDevices(IEnumerable<UdevRule> rules, IReadOnlyList<UsbDevice> plugged)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return rules.Select(rule =>
        {
            if (!rule.IsManaged || Value(rule, "idVendor") is not { } vendor || Value(rule, "idProduct") is not { } product) return rule;
            return plugged.Any(device => device.VendorId == vendor && device.ProductId == product)
                ? rule
                : rule with { Warning = [.. rule.Warning, $"No device {vendor}:{product} is plugged in now."] };
        });
    }

    /// <summary>What keeps a rule that is about to be written from working.</summary>
    /// <param name="root">The host.</param>
    /// <param name="file">The rule with its file.</param>
    public static IReadOnlyList<string> Check(SysfsRoot root, UdevRuleFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new RuleWarnings(root).Add(file.Rule).Warning;
    }

    /// <summary>The names of the host's groups; none where they cannot be read.</summary>
    /// <param name="root">The host.</param>
    public static IEnumerable<string> Groups(SysfsRoot root) => RuleWarnings.Groups(root);

    private static string? Value(UdevRule rule, string attribute) => rule.Matches.FirstOrDefault(key => key.Attribute == attribute && key.Operator == "==")?.Value;
}
