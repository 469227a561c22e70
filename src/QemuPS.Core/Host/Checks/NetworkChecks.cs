using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>Networks of machines.</summary>
internal static class NetworkChecks
{
    private const string Rules = BridgeRules.DefaultFile;
    private static readonly CheckArea Area = new("Network");

    public static IEnumerable<QemuCheck> Run(SysfsRoot root) => [VhostNet(root), Tun(root), Helper(), AllowedBridges(root), Passt()];

    private static QemuCheck VhostNet(SysfsRoot root)
    {
        const string name = "Device /dev/vhost-net";
        return root.Exists("/dev/vhost-net")
            ? Area.Pass(name, "It is there: the kernel moves the packets of virtio adapters on taps and bridges.")
            : Area.Warning(name, "It is not there: QEMU itself moves the packets of virtio adapters on taps and bridges, slower.", "Load the module.", "sudo modprobe vhost_net");
    }

    private static QemuCheck Tun(SysfsRoot root)
    {
        const string name = "Device /dev/net/tun";
        return root.Exists("/dev/net/tun")
            ? Area.Pass(name, "It is there: machines can have taps.")
            : Area.Fail(name, "It is not there: machines can have no tap and be on no bridge.", "Load the module. A container sees it when it is started with --device /dev/net/tun.", "sudo modprobe tun");
    }

    // It makes a tap for those who may not (qemu-bridge-helper of QEMU's docs/system/devices/net.rst).
    private static QemuCheck Helper()
    {
        const string name = "Bridge helper";
        if (HelperPrograms.Find(HelperPrograms.BridgeHelper) is not { } path)
        {
            return Area.Warning(name, "qemu-bridge-helper is not installed: machines cannot be on a bridge without root.", "Install it.", "sudo apt-get install qemu-system-common");
        }

        if (FileStatus.CurrentUserId == 0) return Area.Pass(name, $"{path}.");
        return FileStatus.OfTarget(path).Mode.HasFlag(UnixFileMode.SetUser)
            ? Area.Pass(name, $"{path}, with the right to do it.")
            : Area.Warning(name, $"{path} has no right to make a tap: machines cannot be on a bridge without root.", "Make it setuid root; Debian leaves that to you.", ShellQuoting.Bash(["sudo", "dpkg-statoverride", "--update", "--add", "root", "root", "4755", path]));
    }

    private static QemuCheck AllowedBridges(SysfsRoot root)
    {
        const string name = "Allowed bridges";
        var bridges = HostReader.Bridges(root);
        if (bridges.Count == 0) return Area.Skipped(name, "This host has no bridge.");
        var rules = BridgeRules.Read(root);
        var allowed = bridges.Where(rules.Allow).ToList();
        return allowed.Count > 0
            ? Area.Pass(name, $"{Rules} allows {string.Join(", ", allowed)} of {string.Join(", ", bridges)}.")
            : Area.Warning(name, $"{Rules} allows none of {string.Join(", ", bridges)}.", "Allow it; root needs it too.", $"sudo mkdir -p /etc/qemu && echo 'allow {bridges[0]}' | sudo tee -a {Rules}");
    }

    private static QemuCheck Passt()
    {
        const string name = "passt";
        return HelperPrograms.Find(name) is { } path
            ? Area.Pass(name, $"{path}.")
            : Area.Skipped(name, "It is not installed; machines use QEMU's own user-mode network.");
    }
}
