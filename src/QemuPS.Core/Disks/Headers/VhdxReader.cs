using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace QemuPS.Disks.Headers;

/// <summary>Describes VHDX images ([MS-VHDX] 2.0) as block/vhdx.c does.</summary>
internal static class VhdxReader
{
    private const ulong Block = 64 << 10;
    private const ulong MiB = 1 << 20;
    private const ulong LargestDisk = 64UL << 40;
    // More than any disk needs with blocks of 16 MiB; QEMU would hold the whole table in memory.
    private const ulong MostTableEntries = 4 << 20;
    private const ulong FullyPresent = 6;

    private static ReadOnlySpan<byte> FileSignature => "vhdxfile"u8;

    /// <summary>A file that begins like this is a VHDX image.</summary>
    public static bool IsAtStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith(FileSignature);

    public static ImageInfo Read(ImageFile file)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Block);
        try
        {
            var block = buffer.AsSpan(0, (int)Block);
            file.Read(0, block[..8]);
            if (!IsAtStart(block)) throw file.Damaged("it has no VHDX header");
            var log = ReadLog(file, block[..VhdxHeader.Length]);
            var regions = VhdxRegions.Read(file, block, log);
            var metadata = VhdxMetadata.Read(file, block, regions.Metadata);
            RequireBlocksInFile(file, metadata, regions);
            return new ImageInfo("vhdx", metadata.DiskSize & ~511UL) { ClusterSize = metadata.BlockSize };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Of the two headers the later one counts. Disk2VHD writes two that are the same.
    private static VhdxRegion ReadLog(ImageFile file, Span<byte> buffer)
    {
        var first = VhdxHeader.Read(file, Block, buffer);
        var second = VhdxHeader.Read(file, 2 * Block, buffer);
        if (first is not null && second is not null && first.Sequence == second.Sequence && first != second) throw file.Damaged("its two headers contradict each other");
        var header = (second is null || first?.Sequence >= second.Sequence ? first : second) ?? throw file.Damaged("it has no valid header");
        if (header.LogOffset < MiB || header.LogOffset % MiB != 0 || header.LogVersion != 0) throw file.Damaged("its log is at an impossible place");
        if (header.LogId != Guid.Empty && header.LogLength != 0) throw new HeaderInsufficientException("its log may have to be replayed");
        return new VhdxRegion(header.LogOffset, header.LogLength);
    }

    // block/vhdx.c, vhdx_check_bat_entries
    private static void RequireBlocksInFile(ImageFile file, VhdxMetadata metadata, VhdxRegions regions)
    {
        if (metadata.DiskSize > LargestDisk) throw file.Damaged("it is larger than 64 TiB");
        var blocks = (metadata.DiskSize + metadata.BlockSize - 1) / metadata.BlockSize;
        var chunkRatio = (1UL << 23) * 512 / metadata.BlockSize;
        var entries = blocks == 0 ? 0 : blocks + ((blocks - 1) / chunkRatio);
        if (entries > regions.BlockTable.Length / sizeof(ulong)) throw file.Damaged("its block table is too small");
        if (entries > MostTableEntries) throw new HeaderInsufficientException($"its block table has {entries} entries");
        ulong index = 0;
        var payloads = chunkRatio;
        foreach (var bytes in new TableReader(file, regions.BlockTable.Offset, entries, sizeof(ulong)))
        {
            var entry = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            if ((entry & 7) == FullyPresent)
            {
                var block = new VhdxRegion(entry & ~(MiB - 1), metadata.BlockSize);
                var used = Math.Min(block.Length, (metadata.DiskSize & ~511UL) - (index * metadata.BlockSize));
                if (block.Offset >= file.Length || block.Offset + used > file.Length) throw file.Damaged("it has been cut off: blocks lie behind its end");
                // Each chunk of payload blocks is followed by a block of a bitmap, which QEMU does not look at.
                var isPayload = payloads > 0;
                payloads = isPayload ? payloads - 1 : chunkRatio;
                if (isPayload && regions.Overlap(block)) throw file.Damaged("a block overlaps its tables");
            }

            index++;
        }
    }
}

/// <summary>A part of a VHDX file.</summary>
internal readonly record struct VhdxRegion(ulong Offset, ulong Length)
{
    public bool Overlaps(VhdxRegion other) => Offset < other.Offset + other.Length && other.Offset < Offset + Length;
}

/// <summary>One of the two headers of a VHDX file ([MS-VHDX] 2.2.2).</summary>
internal sealed record VhdxHeader(ulong Sequence, Guid FileWriteId, Guid DataWriteId, Guid LogId, ushort LogVersion, uint LogLength, ulong LogOffset)
{
    public const int Length = 4096;

    /// <summary>Reads a header; null where it is not valid.</summary>
    public static VhdxHeader? Read(ImageFile file, ulong offset, Span<byte> buffer)
    {
        file.Read(offset, buffer);
        var valid = VhdxChecksum.IsValid(buffer) && buffer.StartsWith("head"u8) && BinaryPrimitives.ReadUInt16LittleEndian(buffer[66..]) == 1;
        return !valid ? null : new VhdxHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(buffer[8..]),
            new Guid(buffer.Slice(16, 16)),
            new Guid(buffer.Slice(32, 16)),
            new Guid(buffer.Slice(48, 16)),
            BinaryPrimitives.ReadUInt16LittleEndian(buffer[64..]),
            BinaryPrimitives.ReadUInt32LittleEndian(buffer[68..]),
            BinaryPrimitives.ReadUInt64LittleEndian(buffer[72..]));
    }
}

/// <summary>The checksum of headers and region tables: CRC-32C over the whole, with the field itself as zeros.</summary>
internal static class VhdxChecksum
{
    public static bool IsValid(ReadOnlySpan<byte> bytes)
    {
        var crc = Add(uint.MaxValue, bytes[..4]);
        crc = BitOperations.Crc32C(crc, 0U);
        crc = Add(crc, bytes[8..]);
        return ~crc == BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
