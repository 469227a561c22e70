using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>Two sockets that are connected to each other (socketpair(2)): one for us, one to hand to another process.</summary>
internal sealed partial class SocketPair : IDisposable
{
    private const int Unix = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;

    private SocketPair(Socket ours, SafeFileHandle theirs)
    {
        Ours = ours;
        Theirs = theirs;
    }

    /// <summary>Our end.</summary>
    public Socket Ours { get; }

    /// <summary>The other end. It is closed here once the other process has it: its end is the end of what we read only then.</summary>
    public SafeFileHandle Theirs { get; }

    /// <summary>Makes a pair.</summary>
    public static SocketPair Create()
    {
        Span<int> ends = stackalloc int[2];
        if (Open(Unix, StreamCloseOnExec, 0, ends) != 0) throw new IOException($"socketpair: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        return new SocketPair(new Socket(new SafeSocketHandle(ends[0], ownsHandle: true)), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ours.Dispose();
        Theirs.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int Open(int domain, int type, int protocol, Span<int> ends);
}
