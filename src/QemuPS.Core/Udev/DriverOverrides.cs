using System.Text;
using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Udev;

/// <summary>
/// Keeps the choice of a PCI device's driver over restarts: in driverctl's own file where driverctl is installed, else
/// by a udev rule of ours, which comes before the one that loads drivers (80-drivers.rules).
/// </summary>
public static class DriverOverrides
{
    private const string DriverctlFolder = "/etc/driverctl.d";
    private static readonly string[] Driverctl = ["/usr/sbin/driverctl", "/usr/bin/driverctl", "/sbin/driverctl"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Where the choice for a device is kept: driverctl's file, or the rule.</summary>
    public static string PathFor(SysfsRoot root, PciDevice device)
    {
        ArgumentNullException.ThrowIfNull(root);
        return HasDriverctl(root) ? DriverctlFile(device) : RuleFile(device);
    }

    /// <summary>The files that keep a choice for the device now, whoever wrote them.</summary>
    public static IReadOnlyList<string> Find(SysfsRoot root, PciDevice device) =>
        [.. new[] { DriverctlFile(device), RuleFile(device) }.Where(root.Exists)];

    /// <summary>Keeps a driver for a device.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.FileExists"/> where a file that is not ours has the rule's name.</exception>
    public static async Task SaveAsync(SysfsRoot root, PciDevice device, string driver, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(device);
        if (HasDriverctl(root))
        {
            var file = root.Prefix + DriverctlFile(device);
            Try(file, () => Directory.CreateDirectory(Path.GetDirectoryName(file)!));
            AtomicFile.Write(file, Encoding.UTF8.GetBytes(driver + "\n"));
            return;
        }

        UdevApply.Write(Rule(root, device, driver));
        await ReloadAsync(root, cancellation).ConfigureAwait(false);
    }

    /// <summary>Forgets what is kept for a device.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static async Task RemoveAsync(SysfsRoot root, PciDevice device, CancellationToken cancellation)
    {
        var files = Find(root, device);
        foreach (var file in files) Try(file, () => File.Delete(root.Prefix + file));
        if (files.Contains(RuleFile(device))) await ReloadAsync(root, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// The rule of a device: only for this kind at this place, as addresses move when cards are added. A driver that is
    /// loaded already has the device before udev hears of it (device_add in drivers/base/core.c probes at once): it is taken away again.
    /// </summary>
    internal static UdevRuleFile Rule(SysfsRoot root, PciDevice device, string driver)
    {
        string[] keys =
        [
            "ACTION==\"add\"", "SUBSYSTEM==\"pci\"", $"KERNEL==\"{device.Address}\"", $"ATTR{{vendor}}==\"0x{device.VendorId}\"", $"ATTR{{device}}==\"0x{device.DeviceId}\"",
            $"ATTR{{driver_override}}=\"{driver}\"", $"RUN{{builtin}}+=\"kmod load {driver}\"",
            $"RUN+=\"/bin/sh -c '[ -e /sys/bus/pci/drivers/{driver}/%k ] || {{ [ ! -e /sys%p/driver ] || echo %k >/sys%p/driver/unbind; echo %k >/sys/bus/pci/drivers_probe; }}'\"",
        ];
        var content = $"{RuleSyntax.Marker}\n# {DeviceText.Clean(device.ToString()).Replace('\\', '/')}\n{string.Join(", ", keys)}\n";
        var path = root.Prefix + RuleFile(device);
        return new UdevRuleFile(path, content, RuleSyntax.Parse(path, content).Single(), "", device.SysfsPath, new UdevRuleRequest());
    }

    private static bool HasDriverctl(SysfsRoot root) => Driverctl.Any(root.Exists);

    private static string DriverctlFile(PciDevice device) => $"{DriverctlFolder}/pci-{device.Address}";

    private static string RuleFile(PciDevice device) => $"{RuleFiles.Administrators}/70-qemups-pci-{device.Address.Replace(':', '-')}.rules";

    // Without a udevd that runs, the rule is read at the next start.
    private static async Task ReloadAsync(SysfsRoot root, CancellationToken cancellation)
    {
        if (!root.IsThisHost || !UdevDaemon.IsRunning(root) || Tool.TryFind("udevadm") is not { } udevadm) return;
        var result = await udevadm.RunAsync(["control", "--reload"], Limit, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw result.ToException(ErrorId.ToolFailed, "udev reads its rules again when it is started.");
    }

    private static void Try(string path, Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot change '{path}'", error);
        }
    }
}
