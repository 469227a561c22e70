using System.Text.RegularExpressions;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Tests.Devices.Descriptors;
using QemuPS.Udev;

namespace QemuPS.Tests.Udev;

/// <summary>
/// The real udev (<c>udevadm test</c>) on a recorded device: a written rule takes effect there, and the rules that
/// have an effect are those we say count. It runs with a /run of its own, which takes root.
/// </summary>
public sealed partial class UdevadmComparisonTests : IDisposable
{
    private const string SysfsPath = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1";
    private static readonly string[] SeenByUdevadm = ["MODE", "GROUP", "OWNER", "RUN"];
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-udev-").FullName;

    private static bool CanRun => Umockdev.IsHere && File.Exists("/usr/bin/udevadm") && Environment.IsPrivilegedProcess && Directory.Exists("/usr/lib/udev/rules.d");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("keyboard")]
    [InlineData("camera (video)")]
    [InlineData("key (CCID, firmware update)")]
    [InlineData("stick (mass storage, UAS)")]
    public void A_written_rule_has_the_effect_it_says_and_the_other_rules_count_as_udev_says(string sample)
    {
        if (!CanRun) return;
        var recording = $"{_folder}/device.umockdev";
        File.WriteAllText(recording, Umockdev.Record(DescriptorSamples.All[sample], "480"));
        Umockdev.Run(recording, $"cp -a \"$UMOCKDEV_DIR\" '{_folder}/root'");
        Directory.CreateDirectory($"{_folder}/root/usr/lib/udev/rules.d");
        foreach (var file in Directory.GetFiles("/usr/lib/udev/rules.d")) File.Copy(file, $"{_folder}/root{file}");
        var root = new SysfsRoot($"{_folder}/root");
        var devices = UsbDevices.Read(root);
        var written = UdevRuleText.For(root, devices.Single(), devices, new UdevRuleRequest { Group = "kvm" }, "/run/udev/rules.d/70-qemups-try.rules");
        Directory.CreateDirectory($"{_folder}/root/run/udev/rules.d");
        File.WriteAllText($"{_folder}/root{written.Path}", written.Content);

        var said = Udevadm(recording, $"{_folder}/root{written.Path}");
        if (said.Contains("Operation not permitted", StringComparison.Ordinal)) return;
        var ours = UdevRules.ForDevice(root, UdevRules.Read(root), SysfsPath);
        var theirs = Effect().Matches(said).Select(match => (match.Groups["file"].Value, int.Parse(match.Groups["line"].Value))).ToHashSet();

        Assert.Contains($"{written.Path}:3 MODE 0660", said);
        Assert.Contains($"{written.Path}:3 GROUP", said);
        Assert.Contains("run: 'uaccess'", said);
        Assert.DoesNotContain("Invalid", said);
        Assert.Empty(theirs.Except(ours.Where(rule => rule.IsMatch != false).Select(rule => (rule.Path!, rule.LineNumber))));
        Assert.Empty(ours.Where(rule => rule.IsMatch == true && rule.Assignments.Any(key => SeenByUdevadm.Contains(key.Key) && key.Attribute is not "program"))
            .Select(rule => (rule.Path!, rule.LineNumber)).Except(theirs));
    }

    private static string Udevadm(string recording, string rule)
    {
        var script = $"mount -t tmpfs none /run && mkdir -p /run/udev/rules.d /dev/char && mount -t tmpfs none /dev/char && cp '{rule}' /run/udev/rules.d/ && umockdev-run -d '{recording}' -- udevadm test --action=add {SysfsPath} 2>&1";
        var start = new System.Diagnostics.ProcessStartInfo("/usr/bin/unshare", ["-m", "sh", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = System.Diagnostics.Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said + error.Result;
    }

    [GeneratedRegex(@"(?<file>/\S+\.rules):(?<line>\d+) (?:MODE|GROUP|OWNER|RUN|NAME|LINK|ATTR)\b")]
    private static partial Regex Effect();
}
