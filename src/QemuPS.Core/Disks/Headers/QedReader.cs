using System.Buffers.Binary;
using System.Numerics;

namespace QemuPS.Disks.Headers;

/// <summary>Describes QED images (docs/interop/qed_spec.rst) as block/qed.c does.</summary>
internal static class QedReader
{
    private const ulong HasBacking = 1;
    private const ulong NeedsCheck = 2;
    private const ulong BackingIsRaw = 4;
    private const ulong KnownFeatures = HasBacking | NeedsCheck | BackingIsRaw;
    private const uint LongestBackingName = 4095;

    /// <summary>A file that begins like this is a QED image.</summary>
    public static bool IsAtStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith("QED\0"u8);

    public static ImageInfo Read(ImageFile file)
    {
        Span<byte> bytes = stackalloc byte[64];
        file.Read(0, bytes);
        if (!IsAtStart(bytes)) throw file.Damaged("it has no QED header");
        var header = new QedHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]));
        if ((header.Features & ~KnownFeatures) != 0) throw new HeaderInsufficientException($"it has the features 0x{header.Features & ~KnownFeatures:x}, which are not known");
        RequireValid(file, header);
        return new ImageInfo("qed", header.ImageSize)
        {
            ClusterSize = header.ClusterSize,
            IsDirty = (header.Features & NeedsCheck) != 0,
            Backing = (header.Features & HasBacking) != 0 ? ReadBackingName(file, header) : null,
            BackingFormat = (header.Features & BackingIsRaw) != 0 ? "raw" : null,
        };
    }

    private static void RequireValid(ImageFile file, QedHeader header)
    {
        if (header.ClusterSize is < 4096 or > 64 << 20 || !BitOperations.IsPow2(header.ClusterSize)) throw file.Damaged($"a cluster cannot have {header.ClusterSize} bytes");
        if (header.TableSize is < 1 or > 16 || !BitOperations.IsPow2(header.TableSize)) throw file.Damaged($"a table cannot have {header.TableSize} clusters");
        var entries = (ulong)(header.TableSize * header.ClusterSize / sizeof(ulong));
        if (header.ImageSize % 512 != 0 || header.ImageSize > UInt128.Min((UInt128)entries * entries * header.ClusterSize, long.MaxValue)) throw file.Damaged($"a disk cannot have {header.ImageSize} bytes");
        if (header.HeaderClusters > uint.MaxValue / header.ClusterSize) throw file.Damaged("its header is too large");
        var end = header.L1Offset + ((header.TableSize - 1) * header.ClusterSize);
        if (end <= header.L1Offset || !IsCluster(file, header, header.L1Offset) || !IsCluster(file, header, end)) throw file.Damaged("its L1 table is at an impossible place");
    }

    // block/qed.h, qed_check_cluster_offset
    private static bool IsCluster(ImageFile file, QedHeader header, ulong offset) =>
        offset % header.ClusterSize == 0
        && offset >= (ulong)header.HeaderClusters * header.ClusterSize
        && offset < file.Length - (file.Length % header.ClusterSize);

    private static string ReadBackingName(ImageFile file, QedHeader header)
    {
        var valid = (ulong)header.BackingOffset + header.BackingLength <= (ulong)header.HeaderClusters * header.ClusterSize
            && header.BackingLength <= LongestBackingName;
        return valid ? file.ReadText(header.BackingOffset, (int)header.BackingLength) : throw file.Damaged("the name of its backing file is not in the header");
    }

    private sealed record QedHeader(
        uint ClusterSize,
        uint TableSize,
        uint HeaderClusters,
        ulong Features,
        ulong L1Offset,
        ulong ImageSize,
        uint BackingOffset,
        uint BackingLength);
}
