using System.Buffers.Binary;
using System.Numerics;

namespace QemuPS.Disks.Headers;

/// <summary>
/// Describes Virtual PC images ("Virtual Hard Disk Image Format Specification" 1.0) as block/vpc.c does. A dynamic
/// image begins with a copy of its footer; of a fixed one only the end shows what it is, so it is raw to whoever probes.
/// </summary>
internal static class VpcReader
{
    private const int FooterSize = 512;
    private const uint Fixed = 2;
    private const ulong LargestGeometry = 65535UL * 16 * 255;
    private const ulong MaximalSectors = 0xff000000;
    // More than any disk needs with blocks of a size that anybody uses; QEMU would read gigabytes.
    private const uint MostTableEntries = 16 << 20;
    private const uint NotAllocated = uint.MaxValue;

    private static ReadOnlySpan<byte> Cookie => "conectix"u8;

    /// <summary>A file that begins like this is a dynamic image.</summary>
    public static bool IsAtStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Cookie);

    public static ImageInfo Read(ImageFile file)
    {
        Span<byte> footer = stackalloc byte[FooterSize];
        file.Read(0, footer);
        var isDynamic = IsAtStart(footer);
        if (!isDynamic) ReadFooterAtEnd(file, footer);
        if (ChecksumOf(footer) != BinaryPrimitives.ReadUInt32BigEndian(footer[64..])) throw file.Damaged("the checksum of its footer is wrong");
        var sectors = SectorsOf(footer);
        if (sectors > MaximalSectors) throw file.Damaged("it is larger than 2040 GiB");
        var blockSize = isDynamic ? ReadDynamicHeader(file, BinaryPrimitives.ReadUInt64BigEndian(footer[16..]), sectors * 512) : 0;
        return new ImageInfo("vpc", sectors * 512) { ClusterSize = TypeOf(footer) == Fixed ? 0 : blockSize };
    }

    private static void ReadFooterAtEnd(ImageFile file, Span<byte> footer)
    {
        if (file.Length < FooterSize) throw file.Damaged("it is too small for a VHD image");
        file.Read(file.Length - FooterSize, footer);
        if (!footer.StartsWith(Cookie) || TypeOf(footer) != Fixed) throw file.Damaged("it has no VHD footer");
    }

    private static uint TypeOf(ReadOnlySpan<byte> footer) => BinaryPrimitives.ReadUInt32BigEndian(footer[60..]);

    private static uint ChecksumOf(ReadOnlySpan<byte> footer)
    {
        uint sum = 0;
        for (var i = 0; i < footer.Length; i++) sum += i is >= 64 and < 68 ? (byte)0 : footer[i];
        return ~sum;
    }

    // Virtual PC goes by the geometry, Hyper-V and others by the size: it depends on who made the image, except for
    // the largest geometry, which stands for everything above it (block/vpc.c, vpc_open).
    private static ulong SectorsOf(ReadOnlySpan<byte> footer)
    {
        var geometry = BinaryPrimitives.ReadUInt16BigEndian(footer[56..]) * (ulong)footer[58] * footer[59];
        var creator = footer.Slice(28, 4);
        var bySize = creator.SequenceEqual("win "u8) || creator.SequenceEqual("qem2"u8) || creator.SequenceEqual("d2v "u8)
            || creator.SequenceEqual("CTXS"u8) || creator.StartsWith("tap"u8);
        return bySize || geometry == LargestGeometry ? BinaryPrimitives.ReadUInt64BigEndian(footer[48..]) / 512 : geometry;
    }

    private static uint ReadDynamicHeader(ImageFile file, ulong offset, ulong size)
    {
        Span<byte> header = stackalloc byte[64];
        file.Read(offset, header);
        if (!header.StartsWith("cxsparse"u8)) throw file.Damaged("its dynamic header is missing");
        var blockSize = BinaryPrimitives.ReadUInt32BigEndian(header[32..]);
        if (blockSize < 512 || !BitOperations.IsPow2(blockSize)) throw file.Damaged($"a block cannot have {blockSize} bytes");
        var entries = BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        if ((ulong)entries * blockSize < size) throw file.Damaged("its block table is too small");
        if (entries > MostTableEntries) throw file.Damaged($"its block table has {entries} entries");
        RequireBlocksInFile(file, BinaryPrimitives.ReadUInt64BigEndian(header[16..]), entries, blockSize);
        return blockSize;
    }

    private static void RequireBlocksInFile(ImageFile file, ulong table, uint entries, uint blockSize)
    {
        ulong bitmapSize = ((blockSize / (8 * 512)) + 511) & ~511U;
        var end = (table + (entries * 4UL) + 511) & ~511UL;
        foreach (var entry in new TableReader(file, table, entries, sizeof(uint)))
        {
            var sector = BinaryPrimitives.ReadUInt32BigEndian(entry);
            if (sector != NotAllocated) end = Math.Max(end, (512UL * sector) + bitmapSize + blockSize);
        }

        if (end > file.Length) throw file.Damaged("it has been cut off: blocks lie behind its end");
    }
}
