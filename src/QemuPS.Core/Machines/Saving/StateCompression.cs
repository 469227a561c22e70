using System.IO.Compression;
using System.Net.Sockets;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// Stands between QEMU and the file of a compressed state: QEMU has one end of a pair of sockets, which its migration takes
/// as it takes a file (migration/fd.c), and gzip is between the other and the file. Any gunzip makes the plain stream of it.
/// </summary>
/// <remarks>QEMU's own ways are none: <c>exec:</c> starts a shell, which its sandbox forbids, and the capability <c>compress</c> has been removed (QEMU 9.1).</remarks>
internal sealed class StateCompression : IDisposable
{
    private const int BufferLength = 1 << 20;
    private readonly SocketPair _sockets = SocketPair.Create();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _copying;

    private StateCompression(Func<NetworkStream, CancellationToken, Task> copy) => _copying = Task.Run(() => CopyAsync(copy));

    /// <summary>What QEMU is handed.</summary>
    public Microsoft.Win32.SafeHandles.SafeFileHandle QemuEnd => _sockets.Theirs;

    /// <summary>What went wrong with the file; it is known before QEMU notices.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Writes what QEMU writes into the file, compressed.</summary>
    public static StateCompression To(FileStream file) => new(async (socket, stop) =>
    {
        var output = new BufferedStream(file, BufferLength);
        await using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)) await socket.CopyToAsync(gzip, BufferLength, stop).ConfigureAwait(false);
        await output.FlushAsync(stop).ConfigureAwait(false);
    });

    /// <summary>Gives QEMU what is in the file, decompressed.</summary>
    public static StateCompression From(FileStream file) => new(async (socket, stop) =>
    {
        await using var gzip = new GZipStream(new BufferedStream(file, BufferLength), CompressionMode.Decompress);
        await gzip.CopyToAsync(socket, BufferLength, stop).ConfigureAwait(false);
        socket.Socket.Shutdown(SocketShutdown.Send);
    });

    /// <summary>A state is compressed: RFC 1952, and not QEMU's own beginning.</summary>
    public static bool IsCompressed(ReadOnlySpan<byte> beginning) => beginning is [0x1f, 0x8b, ..];

    /// <summary>QEMU has its end.</summary>
    public void HandedOver() => _sockets.Theirs.Dispose();

    /// <summary>Waits until all of it has gone through, and throws what went wrong.</summary>
    public async Task CompleteAsync()
    {
        await _copying.ConfigureAwait(false);
        if (Fault is not null) throw Fault;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _copying.GetAwaiter().GetResult();
        _sockets.Dispose();
        _stop.Dispose();
    }

    private async Task CopyAsync(Func<NetworkStream, CancellationToken, Task> copy)
    {
        try
        {
            using var stream = new NetworkStream(_sockets.Ours, ownsSocket: false);
            await copy(stream, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or OperationCanceledException)
        {
            Fault = error;
            // That is how QEMU hears of it.
            _sockets.Ours.Dispose();
        }
    }
}
