using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>Where a qcow2 image keeps its dirty bitmaps (docs/interop/qcow2.txt, "Bitmaps").</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Offset">Where their directory begins.</param>
/// <param name="Length">The directory's length in bytes.</param>
internal sealed record Qcow2BitmapDirectory(uint Count, ulong Offset, ulong Length)
{
    private const uint MaximalCount = 65535;
    // Nobody has that many. What an image made to hurt can have us hold is limited by it.
    private const uint MostWeList = 16384;
    private const ulong MaximalLength = 1024 * MaximalCount;
    private const int EntrySize = 24;
    private const ulong MaximalTable = 0x8000000;
    private const ulong MaximalBitmap = 0x20000000;
    private const int MaximalName = 1023;
    private const uint InUse = 1;
    private const uint Auto = 2;

    /// <summary>Reads the header extension.</summary>
    public static Qcow2BitmapDirectory Read(ImageFile file, Qcow2Header header, ulong offset, uint length)
    {
        if (length != 24) throw file.Damaged("its extension for bitmaps has a wrong length");
        Span<byte> bytes = stackalloc byte[24];
        file.Read(offset, bytes);
        var directory = new Qcow2BitmapDirectory(
            BinaryPrimitives.ReadUInt32BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        var valid = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) == 0
            && directory.Count is > 0 and <= MaximalCount
            && directory.Offset % header.ClusterSize == 0
            && directory.Length is > 0 and <= MaximalLength;
        return valid ? directory : throw file.Damaged("its extension for bitmaps makes no sense");
    }

    /// <summary>The bitmaps, each as a Qcow2BitmapInfo of qapi/block-core.json.</summary>
    public object[] List(ImageFile file, Qcow2Header header)
    {
        if (Count > MostWeList) throw file.Damaged($"it has {Count} bitmaps");
        var bitmaps = new List<object>();
        var end = Offset + Length;
        for (var offset = Offset; offset < end;)
        {
            if (end - offset < EntrySize || bitmaps.Count == Count) throw BrokenDirectory(file);
            bitmaps.Add(ReadEntry(file, header, offset, out var length));
            if (length > end - offset) throw BrokenDirectory(file);
            offset += length;
        }

        return bitmaps.Count == Count ? [.. bitmaps] : throw BrokenDirectory(file);
    }

    private static JsonObject ReadEntry(ImageFile file, Qcow2Header header, ulong offset, out ulong length)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        file.Read(offset, entry);
        var nameLength = BinaryPrimitives.ReadUInt16BigEndian(entry[18..]);
        length = (EntrySize + (ulong)nameLength + 7) & ~7UL;
        var flags = BinaryPrimitives.ReadUInt32BigEndian(entry[12..]);
        if (nameLength > MaximalName || !IsValid(header, entry, flags)) throw BrokenDirectory(file);
        return new JsonObject
        {
            ["name"] = file.ReadText(offset + EntrySize, nameLength),
            ["granularity"] = 1L << entry[17],
            ["flags"] = Flags(flags).ToArray<object>(),
        };
    }

    // block/qcow2-bitmap.c, check_dir_entry and load_bitmap_data
    private static bool IsValid(Qcow2Header header, ReadOnlySpan<byte> entry, uint flags)
    {
        var table = BinaryPrimitives.ReadUInt64BigEndian(entry);
        ulong tableEntries = BinaryPrimitives.ReadUInt32BigEndian(entry[8..]);
        var (type, granularityBits, extraData) = (entry[16], entry[17], BinaryPrimitives.ReadUInt32BigEndian(entry[20..]));
        var bytes = tableEntries * header.ClusterSize;
        return table != 0 && table % header.ClusterSize == 0
            && tableEntries is > 0 and <= MaximalTable && bytes <= MaximalBitmap
            && granularityBits is >= 9 and <= 31
            && (flags & ~(InUse | Auto)) == 0
            && type == 1 && extraData == 0
            && ((flags & InUse) != 0 || tableEntries == ClustersOfBitmap(header, granularityBits));
    }

    // A bit for each piece of the disk, in whole words of 64 bits (util/hbitmap.c, hbitmap_serialization_size).
    private static ulong ClustersOfBitmap(Qcow2Header header, int granularityBits)
    {
        var bits = ((header.Size & ~511UL) + (1UL << granularityBits) - 1) >> granularityBits;
        var bytes = (bits + 63) / 64 * 8;
        return (bytes + header.ClusterSize - 1) / header.ClusterSize;
    }

    private static IEnumerable<string> Flags(uint flags)
    {
        if ((flags & InUse) != 0) yield return "in-use";
        if ((flags & Auto) != 0) yield return "auto";
    }

    private static QemuException BrokenDirectory(ImageFile file) => file.Damaged("its directory of bitmaps is broken");
}
