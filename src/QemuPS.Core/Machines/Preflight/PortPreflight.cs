using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The host's ports that lead into the guest.</summary>
internal static class PortPreflight
{
    private const string Category = "Network";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        var forwards = subject.Definition.NetworkAdapters.SelectMany(adapter => adapter.PortForwards).Where(forward => forward.HostPort != 0).ToList();
        foreach (var forward in forwards)
        {
            var name = $"Port {forward.HostPort}";
            yield return forwards.Count(other => other with { GuestPort = 0 } == forward with { GuestPort = 0 }) > 1
                ? PreflightFinding.Fail(Category, name, ErrorId.PortInUse, $"The machine forwards the host's port {forward.HostPort} ({Words(forward)}) twice.", "Give one of them another port.")
                : Examine(forward, name);
        }
    }

    // To bind is the one question whose answer counts: it knows reserved ports, other addresses and what IPv6 sockets take too.
    internal static PreflightFinding Examine(VmPortForward forward, string name)
    {
        var isTcp = forward.Protocol == VmPortProtocol.Tcp;
        try
        {
            var address = IPAddress.Parse(forward.HostAddress);
            using var socket = new Socket(address.AddressFamily, isTcp ? SocketType.Stream : SocketType.Dgram, isTcp ? ProtocolType.Tcp : ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, forward.HostPort));
            return PreflightFinding.Pass(Category, name, $"{Words(forward)} is free.");
        }
        catch (SocketException error)
        {
            return Judge(forward, name, error);
        }
    }

    internal static PreflightFinding Judge(VmPortForward forward, string name, SocketException error) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => PreflightFinding.Fail(
            Category, name, ErrorId.PortInUse, $"The host's port {Words(forward)} is in use by {Holder(forward)}.", "Stop that, or forward another port; port 0 lets the kernel pick a free one.",
            string.Create(CultureInfo.InvariantCulture, $"ss -l{(forward.Protocol == VmPortProtocol.Tcp ? 't' : 'u')}np sport = :{forward.HostPort}")),
        SocketError.AccessDenied => PreflightFinding.Fail(
            Category, name, ErrorId.AccessDenied, $"You may not use the host's port {Words(forward)}: ports below {FirstFreePort()} are for root.", "Forward a higher port, or let users have the lower ones.",
            string.Create(CultureInfo.InvariantCulture, $"sudo sysctl net.ipv4.ip_unprivileged_port_start={forward.HostPort}")),
        SocketError.AddressNotAvailable => PreflightFinding.Fail(
            Category, name, ErrorId.InvalidOption, $"This host has no address {forward.HostAddress}, where port {forward.HostPort} shall be.", "Take one that it has; 127.0.0.1 is reached from this host alone, 0.0.0.0 from everywhere.", "ip -4 address"),
        _ => PreflightFinding.Fail(Category, name, ErrorId.PortInUse, $"The host's port {Words(forward)} cannot be used: {error.Message}", "Forward another port."),
    };

    private static string Words(VmPortForward forward) => $"{forward.Protocol.ToString().ToLowerInvariant()} {forward.HostAddress}:{forward.HostPort}";

    private static string Holder(VmPortForward forward) =>
        PortHolder.Find(forward.Protocol == VmPortProtocol.Tcp, forward.HostPort)?.ToString() ?? "a process of another user, or of the kernel";

    private static string FirstFreePort() => File.Exists("/proc/sys/net/ipv4/ip_unprivileged_port_start") ? File.ReadAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start").Trim() : "1024";
}
