using System.Buffers.Binary;
using System.Numerics;

namespace QemuPS.Disks.Headers;

/// <summary>The region table of a VHDX file ([MS-VHDX] 2.2.3): what lies where.</summary>
internal sealed record VhdxRegions(VhdxRegion BlockTable, VhdxRegion Metadata, IReadOnlyList<VhdxRegion> All)
{
    private const ulong Offset = 192 << 10;
    private const uint Required = 1;
    // Version 1 knows two. A file made to hurt could have 2047, to be compared with every block.
    private const uint MostRegions = 8;

    private static readonly Guid BlockTableId = new("2dc27766-f623-4200-9d64-115e9bfd4a08");
    private static readonly Guid MetadataId = new("8b7ca206-4790-4b9a-b8fe-575f050f886e");

    /// <summary>Reads the table.</summary>
    /// <param name="file">The file.</param>
    /// <param name="block">64 KiB to read it into.</param>
    /// <param name="log">Where the log is, for nothing may overlap it.</param>
    public static VhdxRegions Read(ImageFile file, Span<byte> block, VhdxRegion log)
    {
        file.Read(Offset, block);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
        if (!VhdxChecksum.IsValid(block) || !block.StartsWith("regi"u8) || count > MostRegions) throw file.Damaged("its region table is not valid");
        var all = new List<VhdxRegion> { log };
        VhdxRegion? blockTable = null, metadata = null;
        for (var i = 0; i < count; i++)
        {
            var entry = block.Slice(16 + (i * 32), 32);
            var region = new VhdxRegion(BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]));
            if (region.Offset > long.MaxValue || all.Any(region.Overlaps)) throw file.Damaged("its regions overlap");
            all.Add(region);
            var id = new Guid(entry[..16]);
            if (id == BlockTableId && blockTable is null) blockTable = region;
            else if (id == MetadataId && metadata is null) metadata = region;
            else if (id == BlockTableId || id == MetadataId) throw file.Damaged("it has a region twice");
            else if ((BinaryPrimitives.ReadUInt32LittleEndian(entry[28..]) & Required) != 0) throw new HeaderInsufficientException($"its region {id} is not known");
        }

        if (blockTable is null || metadata is null) throw file.Damaged("a region is missing");
        return new VhdxRegions(blockTable.Value, metadata.Value, all);
    }

    /// <summary>Whether something would lie in the log or in a table.</summary>
    public bool Overlap(VhdxRegion region)
    {
        foreach (var other in All)
        {
            if (other.Overlaps(region)) return true;
        }

        return false;
    }
}

/// <summary>The metadata of a VHDX file ([MS-VHDX] 2.6).</summary>
internal sealed record VhdxMetadata(ulong DiskSize, uint BlockSize)
{
    private const uint Required = 4;
    private const uint HasParent = 2;
    private const int EntrySize = 32;

    private static readonly Guid FileParameters = new("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
    private static readonly Guid VirtualDiskSize = new("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
    private static readonly Guid Page83 = new("beca12ab-b2e6-4523-93ef-c309e000c746");
    private static readonly Guid LogicalSectorSize = new("8141bf1d-a96f-4709-ba47-f233a8faab5f");
    private static readonly Guid PhysicalSectorSize = new("cda348c7-445d-4471-9cc9-e9885251c556");
    private static readonly Guid ParentLocator = new("a8d35f2d-b30b-454d-abf7-d3d84834ab0c");
    private static readonly Guid[] Known = [FileParameters, VirtualDiskSize, Page83, LogicalSectorSize, PhysicalSectorSize];

    /// <summary>Reads the metadata.</summary>
    /// <param name="file">The file.</param>
    /// <param name="block">64 KiB to read the table into.</param>
    /// <param name="region">Where the metadata is.</param>
    public static VhdxMetadata Read(ImageFile file, Span<byte> block, VhdxRegion region)
    {
        file.Read(region.Offset, block);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(block[10..]);
        if (!block.StartsWith("metadata"u8) || count * EntrySize > block.Length - EntrySize) throw file.Damaged("its metadata table is not valid");
        var offsets = new Dictionary<Guid, ulong>();
        for (var i = 0; i < count; i++)
        {
            var entry = block.Slice(EntrySize + (i * EntrySize), EntrySize);
            var (id, flags) = (new Guid(entry[..16]), BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]));
            if (!Known.Contains(id) && (flags & Required) == 0 && id != ParentLocator) continue;
            if (!Known.Contains(id)) throw new HeaderInsufficientException($"its metadata item {id} is not known");
            if (!offsets.TryAdd(id, region.Offset + BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]))) throw file.Damaged("it has a metadata item twice");
        }

        return offsets.Count == Known.Length ? ReadItems(file, offsets) : throw new HeaderInsufficientException("a metadata item is missing");
    }

    private static VhdxMetadata ReadItems(ImageFile file, Dictionary<Guid, ulong> offsets)
    {
        Span<byte> bytes = stackalloc byte[8];
        file.Read(offsets[FileParameters], bytes);
        var blockSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if ((BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) & HasParent) != 0) throw new HeaderInsufficientException("it is a differencing image");
        file.Read(offsets[VirtualDiskSize], bytes);
        var size = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        file.Read(offsets[LogicalSectorSize], bytes[..4]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != 512) throw new HeaderInsufficientException("its logical sectors do not have 512 bytes");
        if (blockSize is < 1 << 20 or > 256 << 20 || !BitOperations.IsPow2(blockSize)) throw file.Damaged($"a block cannot have {blockSize} bytes");
        return new VhdxMetadata(size, blockSize);
    }
}
