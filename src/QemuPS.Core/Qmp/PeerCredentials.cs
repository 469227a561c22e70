using System.Buffers.Binary;
using System.Net.Sockets;

namespace QemuPS.Qmp;

/// <summary>Who is at the other end of a UNIX socket (unix(7), SO_PEERCRED).</summary>
internal static class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    public static int ProcessId(Socket socket)
    {
        // struct ucred: pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, credentials);
        return BinaryPrimitives.ReadInt32LittleEndian(credentials);
    }
}
