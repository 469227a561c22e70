using System.Text;
using System.Text.RegularExpressions;
using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Udev;

/// <summary>The rule of udev that comes with mdevctl, by which mediated devices are made when their parent appears.</summary>
public static partial class MdevctlRule
{
    private const string Name = "60-mdevctl.rules";

    /// <summary>Why nothing would be made, with what helps; null where all is there.</summary>
    /// <param name="root">The host.</param>
    public static string? FindObstacle(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        const string nothing = "Nothing makes mediated devices when their parent appears:";
        var path = RuleFiles.Find(root).FirstOrDefault(path => path.EndsWith($"/{Name}", StringComparison.Ordinal));
        if (path is null) return $"{nothing} mdevctl, which udev runs for that, is not installed. sudo apt-get install mdevctl";
        var rule = root.ReadBytes(path) is { } text ? Encoding.UTF8.GetString(text) : "";
        // Debian 12 has the program in /usr/bin, and a rule that runs it in /usr/sbin.
        var missing = Program().Matches(rule).Select(match => match.Groups["program"].Value).FirstOrDefault(program => !root.Exists(program));
        return missing is null ? null : $"{nothing} {path} runs {missing}, which is not there. sudo ln -s /usr/bin/mdevctl {ShellQuoting.Bash(DeviceText.Clean(missing))}";
    }

    [GeneratedRegex(@"(?<program>/\S+) start-parent-mdevs\b")]
    private static partial Regex Program();
}
