using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace QemuPS.Devices;

/// <summary>The kernel's messages about its devices as they come: netlink(7), NETLINK_KOBJECT_UEVENT.</summary>
internal sealed unsafe partial class KernelEvents : IDisposable
{
    private const int Netlink = 16;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int KobjectEvents = 15;
    private const uint KernelGroup = 1;
    private const short Readable = 1;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int NoBuffers = 105;

    private readonly int _socket;
    private readonly int _stop;
    private readonly Channel<KernelEvent?> _events = Channel.CreateUnbounded<KernelEvent?>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Task _reading;

    private KernelEvents(int socket, int stop)
    {
        (_socket, _stop) = (socket, stop);
        NetlinkAddress own;
        var length = sizeof(NetlinkAddress);
        if (OwnAddress(socket, &own, &length) == 0) Port = own.Port;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The port at which it listens; other processes could send to it, and are not heard.</summary>
    public uint Port { get; }

    /// <summary>The messages from now on; null stands for some that were lost because nobody read them in time.</summary>
    public IAsyncEnumerable<KernelEvent?> ReadAllAsync(CancellationToken cancellation) => _events.Reader.ReadAllAsync(cancellation);

    /// <summary>Begins to listen.</summary>
    /// <param name="reason">Why it is not possible, where the result is null.</param>
    public static KernelEvents? TryOpen(out string? reason)
    {
        reason = null;
        var socket = Socket(Netlink, Datagram | CloseOnExec | NonBlocking, KobjectEvents);
        if (socket >= 0)
        {
            var address = new NetlinkAddress { Family = Netlink, Groups = KernelGroup };
            if (Bind(socket, &address, sizeof(NetlinkAddress)) == 0)
            {
                var stop = EventFile(0, CloseOnExec);
                if (stop >= 0) return new KernelEvents(socket, stop);
            }
        }

        reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
        if (socket >= 0) _ = Close(socket);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var one = 1UL;
        _ = Write(_stop, &one, sizeof(ulong));
        _reading.Wait();
        _ = Close(_socket);
        _ = Close(_stop);
    }

    private void Read()
    {
        var buffer = new byte[16384];
        var waited = stackalloc Waited[2];
        while (true)
        {
            waited[0] = new Waited { File = _socket, Events = Readable };
            waited[1] = new Waited { File = _stop, Events = Readable };
            if (Poll(waited, 2, -1) < 0 && Marshal.GetLastPInvokeError() != Interrupted) break;
            if (waited[1].Returned != 0) break;
            if (waited[0].Returned != 0 && !Receive(buffer)) break;
        }

        _events.Writer.TryComplete();
    }

    private bool Receive(byte[] buffer)
    {
        NetlinkAddress sender;
        var senderLength = sizeof(NetlinkAddress);
        nint length;
        fixed (byte* start = buffer) length = ReceiveFrom(_socket, start, (nuint)buffer.Length, 0, &sender, &senderLength);
        if (length < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == NoBuffers) _events.Writer.TryWrite(null);
            return error is NoBuffers or Interrupted or WouldBlock;
        }

        // Any process may send to this socket; only the kernel's own port is 0.
        if (sender.Family == Netlink && sender.Port == 0 && sender.Groups == KernelGroup && KernelEvent.Parse(buffer.AsSpan(0, (int)length)) is { } told) _events.Writer.TryWrite(told);
        return true;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint Port;
        public uint Groups;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Waited
    {
        public int File;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, NetlinkAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int OwnAddress(int socket, NetlinkAddress* address, int* length);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(int socket, byte* buffer, nuint length, int flags, NetlinkAddress* sender, int* senderLength);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Waited* files, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFile(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int file, void* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
