using System.Buffers.Binary;
using System.Text;

namespace QemuPS.Tests.Disks;

/// <summary>The first cluster of a qcow2 image, written by hand so that every field can lie.</summary>
internal sealed class Qcow2Bytes
{
    public const int ClusterSize = 65536;

    private int _end = 112;

    public Qcow2Bytes()
    {
        Write32(0, 0x514649fb);
        Write32(4, 3);
        Write32(20, 16);
        Write64(24, 1 << 20);
        Write32(36, 1);
        Write64(40, 3 * ClusterSize);
        Write64(48, ClusterSize);
        Write32(56, 1);
        Write32(96, 4);
        Write32(100, 112);
    }

    public byte[] Bytes { get; } = new byte[ClusterSize];

    public Qcow2Bytes Write32(int offset, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public Qcow2Bytes Write64(int offset, ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public Qcow2Bytes Extension(uint magic, ReadOnlySpan<byte> content, uint? length = null)
    {
        Write32(_end, magic);
        Write32(_end + 4, length ?? (uint)content.Length);
        content.CopyTo(Bytes.AsSpan(_end + 8));
        _end += 8 + ((content.Length + 7) & ~7);
        return this;
    }

    public Qcow2Bytes Backing(string name, string? format = "qcow2", int at = 4096)
    {
        if (format is not null) Extension(0xe2792aca, Encoding.UTF8.GetBytes(format));
        Write64(8, (ulong)at);
        Write32(16, (uint)Encoding.UTF8.GetByteCount(name));
        Encoding.UTF8.GetBytes(name).CopyTo(Bytes, at);
        return this;
    }
}
