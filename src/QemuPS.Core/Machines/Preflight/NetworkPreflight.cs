using System.Net;
using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Bridges and taps, wherever among the arguments they are named.</summary>
internal static class NetworkPreflight
{
    private const string Category = "Network";
    private const string TunDevice = "/dev/net/tun";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        var backends = subject.Arguments.Named("netdev").Concat(subject.Arguments.Named("nic")).ToList();
        foreach (var backend in backends.Where(option => option.Kind == "bridge" || (option.Kind == "tap" && option["br"] is not null))) yield return Bridge(subject, backend);
        foreach (var backend in backends.Where(option => option.Kind == "tap" && option["br"] is null && option["fd"] is null && option["fds"] is null)) yield return Tap(subject, backend);
        foreach (var adapter in subject.Definition.NetworkAdapters.Where(adapter => adapter.Network == VmNetwork.Stream || adapter is { Network: VmNetwork.Dgram, LocalEndpoint: not null })) yield return Cable(adapter);
        foreach (var adapter in subject.Definition.NetworkAdapters.Where(adapter => adapter.CapturePath is not null)) yield return Capture(adapter.Id, adapter.CapturePath!);
    }

    // QEMU removes a socket that lies where its own shall be, and with it the other machine's cable (util/qemu-sockets.c, unix_listen_saddr; net/dgram.c), and
    // shares a port for datagrams with whoever has it (SO_REUSEADDR). That it
    // connects to nobody it does not say, and does not try again (net/stream.c, 7.2).
    private static PreflightFinding Cable(VmNetworkAdapter adapter)
    {
        var name = $"Cable {adapter.Id}";
        if (adapter is { Network: VmNetwork.Stream, RemoteEndpoint: { } remote })
        {
            return VmEndpoint.Parse(remote) is { Path: not null } other && !other.IsListening()
                ? PreflightFinding.Warning(Category, name, $"Nobody listens at '{remote}': the cable would have no other end.", "Start the machine first that listens there.")
                : PreflightFinding.Pass(Category, name, $"Its other end is '{remote}'.");
        }

        var end = VmEndpoint.Parse(adapter.LocalEndpoint!);
        if (end.Path is not { } path)
        {
            return IPAddress.TryParse(end.Host, out _) ? PortPreflight.Examine(new VmPortForward(end.Port, end.Port, adapter.Network == VmNetwork.Stream ? VmPortProtocol.Tcp : VmPortProtocol.Udp, end.Host!), name) : PreflightFinding.Skipped(Category, name, $"'{end}' is a name.");
        }

        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
        {
            return PreflightFinding.Fail(Category, name, ErrorId.DirectoryNotFound, $"There is no folder for the socket '{path}'.", "Make it, or name another.", ShellQuoting.Bash(["mkdir", "-p", folder]));
        }

        return end.IsListening()
            ? PreflightFinding.Fail(Category, name, ErrorId.PortInUse, $"Somebody listens at '{path}' already: another machine's end of a cable, for instance.", "Take another path for this end, or be the other one: -RemoteEndpoint.")
            : PreflightFinding.Pass(Category, name, $"It can listen at '{path}'.");
    }

    private static PreflightFinding Capture(string id, string path)
    {
        var name = $"Capture {id}";
        try
        {
            CaptureFile.RequirePlace(path);
            return PreflightFinding.Pass(Category, name, $"'{path}' can be written.");
        }
        catch (QemuException error)
        {
            return PreflightFinding.Fail(Category, name, error);
        }
    }

    private static PreflightFinding Bridge(PreflightSubject subject, PlannedOption backend)
    {
        // QEMU's own default (net/tap.c, DEFAULT_BRIDGE_INTERFACE).
        var bridge = backend["br"] ?? "br0";
        var name = $"Bridge {bridge}";
        if (!HostReader.Bridges(subject.Host).Contains(bridge))
        {
            return PreflightFinding.Fail(Category, name, ErrorId.NetworkUnavailable, $"This host has no bridge '{bridge}'.", "Make it, or take one that there is.", ShellQuoting.Bash(["sudo", "ip", "link", "add", bridge, "type", "bridge"]));
        }

        var helper = backend["helper"] ?? HelperPrograms.Find(HelperPrograms.BridgeHelper);
        if (helper is null || !File.Exists(helper))
        {
            return PreflightFinding.Fail(Category, name, ErrorId.ToolNotFound, "qemu-bridge-helper is not installed, and makes the tap.", "Install it.", "sudo apt-get install qemu-system-common");
        }

        if (!BridgeRules.Read(subject.Host).Allow(bridge))
        {
            return PreflightFinding.Fail(
                Category, name, ErrorId.NetworkUnavailable, $"{BridgeRules.DefaultFile} does not allow the bridge '{bridge}' to machines.", "Allow it; root needs it too.",
                $"sudo mkdir -p /etc/qemu && echo {ShellQuoting.Bash([$"allow {bridge}"])} | sudo tee -a {BridgeRules.DefaultFile}");
        }

        return FileStatus.CurrentUserId == 0 || FileStatus.OfTarget(helper).Mode.HasFlag(UnixFileMode.SetUser)
            ? PreflightFinding.Pass(Category, name, "It is there and allowed, and the helper may make a tap.")
            : PreflightFinding.Fail(Category, name, ErrorId.NetworkUnavailable, $"'{helper}' has no right to make a tap.", "Make it setuid root.", ShellQuoting.Bash(["sudo", "dpkg-statoverride", "--update", "--add", "root", "root", "4755", helper]));
    }

    private static PreflightFinding Tap(PreflightSubject subject, PlannedOption backend)
    {
        var tap = backend["ifname"];
        var name = tap is null ? "Tap" : $"Tap {tap}";
        if (!subject.Host.Exists(TunDevice)) return PreflightFinding.Fail(Category, name, ErrorId.NetworkUnavailable, $"{TunDevice} is not there: machines can have no tap.", "Load the module.", "sudo modprobe tun");
        if (!subject.Host.CanReadWrite(TunDevice)) return PreflightFinding.Fail(Category, name, ErrorId.AccessDenied, $"You may not open {TunDevice}.", "Let users open it: a tap needs the right besides.", "sudo chmod 666 /dev/net/tun");
        if (FileStatus.CurrentUserId == 0) return PreflightFinding.Pass(Category, name, "You are root, who may make it.");
        // Without a right of its own QEMU can only take a tap that root made for this user (Documentation/networking/tuntap.rst).
        var owner = tap is null ? null : subject.Host.ReadText($"/sys/class/net/{tap}/owner");
        return owner == FileStatus.CurrentUserId.ToString(System.Globalization.CultureInfo.InvariantCulture)
            ? PreflightFinding.Pass(Category, name, "It was made for you.")
            : PreflightFinding.Fail(
                Category, name, ErrorId.NetworkUnavailable, tap is null ? "Only root may make a tap, and the machine names none that is there." : $"There is no tap '{tap}' that was made for you.", "Let root make it once.",
                ShellQuoting.Bash(["sudo", "ip", "tuntap", "add", tap ?? "tap0", "mode", "tap", "user", Environment.UserName]));
    }
}
