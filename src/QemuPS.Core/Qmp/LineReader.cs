using System.Net.Sockets;

namespace QemuPS.Qmp;

/// <summary>
/// Reads lines from a socket as bytes, however long they are: a reply with a file in it has tens of megabytes, and
/// the sentinel byte of the guest agent is no character of UTF-8.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="longest">The most bytes a line may have: whoever sends more is not waited for.</param>
internal sealed class LineReader(Socket socket, int longest)
{
    private const byte LineFeed = (byte)'\n';
    private const int FirstSize = 16 << 10;

    private byte[] _buffer = new byte[FirstSize];
    private int _start;
    private int _scanned;
    private int _end;

    /// <summary>The next line without its end, valid until the next call; null when the other side has closed the connection.</summary>
    /// <exception cref="IOException">The connection broke, or the line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var found = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf(LineFeed);
            if (found >= 0) return Take(_scanned + found);
            _scanned = _end;
            MakeRoom();
            if (await ReceiveAsync(cancellation).ConfigureAwait(false) == 0) return null;
        }
    }

    private ReadOnlyMemory<byte> Take(int end)
    {
        var line = _buffer.AsMemory(_start, end - _start);
        _start = _scanned = end + 1;
        return line;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length) return;
        var length = _end - _start;
        if (length >= longest) throw new IOException($"the line is longer than {longest >> 20} MiB");
        var target = length > _buffer.Length / 2 ? new byte[(int)Math.Min(_buffer.Length * 2L, longest)] : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, length);
        (_buffer, _start, _scanned, _end) = (target, 0, length, length);
    }

    private async ValueTask<int> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            var count = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            _end += count;
            return count;
        }
        catch (SocketException error)
        {
            throw new IOException(error.Message, error);
        }
    }
}
