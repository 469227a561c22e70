using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>The header of a qcow2 image, versions 2 and 3 (docs/interop/qcow2.txt), with QEMU's limits (block/qcow2.h).</summary>
internal sealed record Qcow2Header
{
    /// <summary>"QFI\xfb".</summary>
    public const uint Magic = 0x514649fb;

    private const int LengthOfVersion2 = 72;
    private const int LengthOfVersion3 = 104;
    private const int KnownLength = 112;
    private const ulong MaximalReferenceTable = 8 << 20;
    private const ulong MaximalL1Table = 32 << 20;
    private const uint MaximalSnapshots = 65536;
    private const ulong SmallestSnapshot = 40;
    private const int MaximalBackingName = 1023;

    public required uint Version { get; init; }

    public required ulong BackingOffset { get; init; }

    public required uint BackingLength { get; init; }

    public required int ClusterBits { get; init; }

    public required ulong Size { get; init; }

    public required Qcow2Encryption Encryption { get; init; }

    public required uint L1Entries { get; init; }

    public required ulong L1Offset { get; init; }

    public required ulong ReferenceTableOffset { get; init; }

    public required uint ReferenceTableClusters { get; init; }

    public required uint SnapshotCount { get; init; }

    public required ulong SnapshotsOffset { get; init; }

    public Qcow2Incompatible Incompatible { get; init; }

    public Qcow2Compatible Compatible { get; init; }

    public Qcow2Autoclear Autoclear { get; init; }

    public int RefcountOrder { get; init; } = 4;

    public uint Length { get; init; } = LengthOfVersion2;

    public byte Compression { get; init; }

    public ulong ClusterSize => 1UL << ClusterBits;

    /// <summary>The end of the area that extensions may use: the backing file's name, or the end of the first cluster.</summary>
    public ulong ExtensionsEnd => BackingOffset != 0 ? BackingOffset : ClusterSize;

    public bool HasDataFile => Incompatible.HasFlag(Qcow2Incompatible.DataFile);

    /// <summary>Reads the header and checks what QEMU checks before it opens an image.</summary>
    public static Qcow2Header Read(ImageFile file)
    {
        Span<byte> bytes = stackalloc byte[KnownLength];
        file.Read(0, bytes);
        var header = Parse(bytes);
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != Magic) throw file.Damaged("it has no qcow2 header");
        if (header.Version is < 2 or > 3) throw new HeaderInsufficientException($"version {header.Version} of qcow2 is not known");
        if (header.ClusterBits is < 9 or > 21) throw file.Damaged($"a cluster cannot have 2^{header.ClusterBits} bytes");
        if (header.Version == 3) header = header.WithVersion3(bytes);
        header.RequireKnownFeatures(file);
        header.RequireTables(file);
        return header;
    }

    /// <summary>The name of the backing image, or null.</summary>
    public string? ReadBackingName(ImageFile file)
    {
        if (BackingOffset == 0) return null;
        if (BackingLength > Math.Min(MaximalBackingName, ClusterSize - BackingOffset)) throw file.Damaged("the name of its backing file is too long");
        return file.ReadText(BackingOffset, (int)BackingLength);
    }

    private static Qcow2Header Parse(ReadOnlySpan<byte> bytes) => new()
    {
        Version = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
        BackingOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BackingLength = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]),
        ClusterBits = BinaryPrimitives.ReadInt32BigEndian(bytes[20..]),
        Size = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
        Encryption = (Qcow2Encryption)BinaryPrimitives.ReadUInt32BigEndian(bytes[32..]),
        L1Entries = BinaryPrimitives.ReadUInt32BigEndian(bytes[36..]),
        L1Offset = BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
        ReferenceTableOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[48..]),
        ReferenceTableClusters = BinaryPrimitives.ReadUInt32BigEndian(bytes[56..]),
        SnapshotCount = BinaryPrimitives.ReadUInt32BigEndian(bytes[60..]),
        SnapshotsOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[64..]),
    };

    private Qcow2Header WithVersion3(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[100..]);
        return this with
        {
            Incompatible = (Qcow2Incompatible)BinaryPrimitives.ReadUInt64BigEndian(bytes[72..]),
            Compatible = (Qcow2Compatible)BinaryPrimitives.ReadUInt64BigEndian(bytes[80..]),
            Autoclear = (Qcow2Autoclear)BinaryPrimitives.ReadUInt64BigEndian(bytes[88..]),
            RefcountOrder = BinaryPrimitives.ReadInt32BigEndian(bytes[96..]),
            Length = length,
            // A header that ends before the field means zlib.
            Compression = length > LengthOfVersion3 ? bytes[LengthOfVersion3] : (byte)0,
        };
    }

    private void RequireKnownFeatures(ImageFile file)
    {
        if (Version == 3 && Length < LengthOfVersion3) throw file.Damaged("its header is too short");
        if (Length > ClusterSize) throw file.Damaged("its header is longer than a cluster");
        if (BackingOffset > ClusterSize) throw file.Damaged("the name of its backing file is not in the first cluster");
        if (Compression > 1) throw new HeaderInsufficientException($"its compression type {Compression} is not known");
        if (Compression != 0 != Incompatible.HasFlag(Qcow2Incompatible.Compression)) throw file.Damaged("compression type and feature bit contradict each other");
        var unknown = Incompatible & ~Qcow2Incompatible.Known;
        if (unknown != 0) throw new HeaderInsufficientException($"it has the incompatible features 0x{(ulong)unknown:x}, which are not known");
        if (Incompatible.HasFlag(Qcow2Incompatible.ExtendedL2) && ClusterBits < 14) throw file.Damaged("its clusters are too small to have subclusters");
        if (RefcountOrder is < 0 or > 6) throw file.Damaged("a reference count cannot have more than 64 bits");
        if (Encryption > Qcow2Encryption.Luks) throw new HeaderInsufficientException($"its encryption method {(uint)Encryption} is not known");
    }

    private void RequireTables(ImageFile file)
    {
        if (ReferenceTableClusters == 0) throw file.Damaged("it has no reference count table");
        RequireTable(file, "reference count table", ReferenceTableOffset, ReferenceTableClusters, ClusterSize, MaximalReferenceTable);
        RequireTable(file, "snapshot table", SnapshotsOffset, SnapshotCount, SmallestSnapshot, SmallestSnapshot * MaximalSnapshots);
        RequireTable(file, "L1 table", L1Offset, L1Entries, sizeof(ulong), MaximalL1Table);
        if (Size > long.MaxValue) throw file.Damaged($"a disk cannot have {Size} bytes");
        var bytesOfL2Entry = Incompatible.HasFlag(Qcow2Incompatible.ExtendedL2) ? 4 : 3;
        var bitsOfL1Entry = ClusterBits + ClusterBits - bytesOfL2Entry;
        if (L1Entries < (Size + (1UL << bitsOfL1Entry) - 1) >> bitsOfL1Entry) throw file.Damaged("its L1 table is too small for its size");
    }

    // block/qcow2.c, qcow2_validate_table
    private void RequireTable(ImageFile file, string name, ulong offset, ulong entries, ulong entrySize, ulong maximum)
    {
        if (entries > maximum / entrySize) throw file.Damaged($"its {name} is too large");
        if (long.MaxValue - (entries * entrySize) < offset || offset % ClusterSize != 0) throw file.Damaged($"its {name} is at an impossible place");
    }
}

/// <summary>How a qcow2 image is encrypted.</summary>
internal enum Qcow2Encryption : uint
{
    None = 0,
    Aes = 1,
    Luks = 2,
}

/// <summary>Features without which an image must not be opened.</summary>
[Flags]
internal enum Qcow2Incompatible : ulong
{
    None = 0,
    Dirty = 1,
    Corrupt = 2,
    DataFile = 4,
    Compression = 8,
    ExtendedL2 = 16,
    Known = Dirty | Corrupt | DataFile | Compression | ExtendedL2,
}

/// <summary>Features that can be ignored.</summary>
[Flags]
internal enum Qcow2Compatible : ulong
{
    None = 0,
    LazyRefcounts = 1,
}

/// <summary>Features that whoever does not know them has to clear when he writes.</summary>
[Flags]
internal enum Qcow2Autoclear : ulong
{
    None = 0,
    Bitmaps = 1,
    DataFileRaw = 2,
}
