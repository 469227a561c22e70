using System.Net.Sockets;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>The daemon of udev, which reads rules and applies them.</summary>
internal static class UdevDaemon
{
    internal const string Control = "/run/udev/control";

    /// <summary>
    /// It runs: somebody listens at its socket. The socket's file proves nothing: it stays when the daemon has ended.
    /// </summary>
    public static bool IsRunning(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(root.Prefix + Control));
            return true;
        }
        // One that may not be asked is there (a user who is not root).
        catch (SocketException error) when (error.SocketErrorCode != SocketError.AccessDenied)
        {
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
