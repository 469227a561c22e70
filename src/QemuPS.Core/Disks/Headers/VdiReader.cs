using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>Describes VirtualBox images as block/vdi.c does, which has the layout of the header.</summary>
internal static class VdiReader
{
    /// <summary>Where the signature is.</summary>
    public const int SignatureOffset = 64;

    /// <summary>The signature, lowest byte first.</summary>
    public const uint Signature = 0xbeda107f;

    private const uint Version = 0x00010001;
    private const uint BlockSize = 1 << 20;
    private const uint MaximalBlocks = 0x1fffff80;

    public static ImageInfo Read(ImageFile file)
    {
        Span<byte> header = stackalloc byte[512];
        file.Read(0, header);
        var size = (BinaryPrimitives.ReadUInt64LittleEndian(header[368..]) + 511) & ~511UL;
        var blocks = BinaryPrimitives.ReadUInt32LittleEndian(header[384..]);
        if (blocks > MaximalBlocks || size > (ulong)blocks * BlockSize) throw file.Damaged("it has more data than its map has room for");
        if (!IsKnown(header)) throw new HeaderInsufficientException("it is a VDI image of a kind that is not known");
        return new ImageInfo("vdi", size) { ClusterSize = BlockSize };
    }

    // What QEMU supports: one version, aligned tables, the usual sector and block size, no parent.
    private static bool IsKnown(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[SignatureOffset..]) == Signature
        && BinaryPrimitives.ReadUInt32LittleEndian(header[68..]) == Version
        && BinaryPrimitives.ReadUInt32LittleEndian(header[340..]) % 512 == 0
        && BinaryPrimitives.ReadUInt32LittleEndian(header[344..]) % 512 == 0
        && BinaryPrimitives.ReadUInt32LittleEndian(header[360..]) == 512
        && BinaryPrimitives.ReadUInt32LittleEndian(header[376..]) == BlockSize
        && !header.Slice(424, 32).ContainsAnyExcept((byte)0);
}
