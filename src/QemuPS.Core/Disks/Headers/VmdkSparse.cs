using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>A sparse extent of a VMDK image ("Virtual Disk Format" 5.0, "Hosted Sparse Extents").</summary>
internal static class VmdkSparse
{
    private const int Length = 512;
    private const ulong DirectoryAtEnd = ulong.MaxValue;
    private const int FooterLength = 3 * 512;
    private const uint FooterMarker = 3;
    private const uint MaximalClusterSectors = 0x200000;
    private const ulong MaximalL1Entries = 32 << 20;
    private const ulong EntriesOfTable = 512;
    private const uint RedundantDirectory = 2;
    private const ulong LastSector = long.MaxValue / 512 / 2;

    private static ReadOnlySpan<byte> Magic => "KDMV"u8;

    private static ReadOnlySpan<byte> OldMagic => "COWD"u8;

    public static bool IsAtStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    public static bool IsOldAtStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith(OldMagic);

    public static bool IsAtStart(ImageFile file)
    {
        Span<byte> bytes = stackalloc byte[4];
        file.Read(0, bytes);
        return IsAtStart(bytes);
    }

    /// <summary>Reads the header, or the footer where a streamed image has one.</summary>
    /// <param name="file">The extent's file.</param>
    /// <param name="isDescribed">A descriptor file names the extent.</param>
    public static VmdkExtent Read(ImageFile file, bool isDescribed)
    {
        Span<byte> header = stackalloc byte[Length];
        file.Read(0, header);
        if (Capacity(header) == 0 && BinaryPrimitives.ReadUInt64LittleEndian(header[28..]) != 0) throw new HeaderInsufficientException("its descriptor is behind an empty extent");
        if (Directory(header) == DirectoryAtEnd)
        {
            if (isDescribed) throw new HeaderInsufficientException("an extent of it has a footer");
            ReadFooter(file, header);
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) is > 3 and var version) throw new HeaderInsufficientException($"version {version} of its extent is not known");
        return Describe(file, header);
    }

    private static ulong Capacity(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt64LittleEndian(header[12..]);

    private static ulong Directory(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt64LittleEndian(header[56..]);

    private static VmdkExtent Describe(ImageFile file, ReadOnlySpan<byte> header)
    {
        var grain = BinaryPrimitives.ReadUInt64LittleEndian(header[20..]);
        var tableEntries = BinaryPrimitives.ReadUInt32LittleEndian(header[44..]);
        if (grain is 0 or > MaximalClusterSectors || tableEntries is 0 or > (uint)EntriesOfTable) throw file.Damaged("the size of its grains or tables makes no sense");
        var l1Entries = (Capacity(header) + (tableEntries * grain) - 1) / (tableEntries * grain);
        if (l1Entries > MaximalL1Entries) throw file.Damaged("its directory is too large");
        var hasSecondDirectory = (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) & RedundantDirectory) != 0;
        if (Directory(header) > LastSector || (hasSecondDirectory && BinaryPrimitives.ReadUInt64LittleEndian(header[48..]) > LastSector)) throw file.Damaged("its directory is at an impossible place");
        if (file.Length / 512 < BinaryPrimitives.ReadUInt64LittleEndian(header[64..])) throw file.Damaged("it has been cut off: its data lies behind its end");
        return new VmdkExtent
        {
            Path = file.Path,
            Sectors = Capacity(header),
            ClusterSize = grain * 512,
            IsCompressed = BinaryPrimitives.ReadUInt16LittleEndian(header[77..]) == 1,
        };
    }

    // The last three sectors: a marker, a copy of the header that counts, and the mark of the end.
    private static void ReadFooter(ImageFile file, Span<byte> header)
    {
        Span<byte> footer = stackalloc byte[FooterLength];
        if (file.Length < FooterLength) throw file.Damaged("its footer is missing");
        file.Read(file.Length - FooterLength, footer);
        var valid = !footer.Slice(8, 4).ContainsAnyExcept((byte)0)
            && BinaryPrimitives.ReadUInt32LittleEndian(footer[12..]) == FooterMarker
            && IsAtStart(footer[512..])
            && !footer.Slice(1024, 16).ContainsAnyExcept((byte)0);
        if (!valid) throw file.Damaged("its footer is missing");
        footer.Slice(512, Length).CopyTo(header);
    }
}
