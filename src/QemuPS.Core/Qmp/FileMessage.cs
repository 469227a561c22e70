using System.Runtime.InteropServices;

namespace QemuPS.Qmp;

/// <summary>Sends bytes over a UNIX socket with an open file beside them (unix(7), SCM_RIGHTS).</summary>
internal static unsafe partial class FileMessage
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;

    /// <summary>Sends all of the bytes and the file.</summary>
    /// <exception cref="IOException">The socket did not take them.</exception>
    public static void Send(SafeHandle socket, ReadOnlySpan<byte> bytes, SafeHandle file)
    {
        // struct cmsghdr with one int behind it, CMSG_SPACE(sizeof(int)) bytes on 64 bits.
        var control = stackalloc byte[24];
        new Span<byte>(control, 24).Clear();
        *(nuint*)control = 20;
        *(int*)(control + 8) = SocketLevel;
        *(int*)(control + 12) = Rights;
        *(int*)(control + 16) = (int)file.DangerousGetHandle();
        fixed (byte* start = bytes)
        {
            var part = new Part { Start = start, Length = (nuint)bytes.Length };
            var message = new Message { Parts = &part, PartCount = 1, Control = control, ControlLength = 24 };
            var sent = SendMessage((int)socket.DangerousGetHandle(), &message, NoSignal);
            if (sent != bytes.Length) throw new IOException(sent < 0 ? Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()) : "the socket took a part only");
        }

        GC.KeepAlive(file);
        GC.KeepAlive(socket);
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
