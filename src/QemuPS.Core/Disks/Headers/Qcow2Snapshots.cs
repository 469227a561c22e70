using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>The snapshot table of a qcow2 image (docs/interop/qcow2.txt, "Snapshots").</summary>
internal static class Qcow2Snapshots
{
    private const int EntrySize = 40;
    private const int KnownExtraData = 24;
    private const uint MaximalExtraData = 1024;
    private const ulong MaximalTable = 1024 * 65536;
    // Nobody has that many. What an image made to hurt can have us hold is limited by it.
    private const uint MostWeList = 16384;
    // QEMUSnapshotInfo has 128 and 256 bytes for them, a NUL among them.
    private const int LongestId = 127;
    private const int LongestName = 255;
    private const long NanosecondsOfSecond = 1_000_000_000;

    /// <summary>The snapshots, each as a SnapshotInfo of qapi/block-core.json.</summary>
    public static IReadOnlyList<object> Read(ImageFile file, Qcow2Header header)
    {
        if (header.SnapshotCount > MostWeList) throw file.Damaged($"it has {header.SnapshotCount} snapshots");
        var snapshots = new List<object>((int)header.SnapshotCount);
        var offset = header.SnapshotsOffset;
        for (var i = 0; i < header.SnapshotCount; i++)
        {
            offset = (offset + 7) & ~7UL;
            snapshots.Add(ReadEntry(file, ref offset));
            if (offset - header.SnapshotsOffset > MaximalTable) throw file.Damaged("its snapshot table is too large");
        }

        return snapshots;
    }

    private static JsonObject ReadEntry(ImageFile file, ref ulong offset)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        file.Read(offset, entry);
        var extraLength = BinaryPrimitives.ReadUInt32BigEndian(entry[36..]);
        if (extraLength > MaximalExtraData) throw file.Damaged("an entry of its snapshot table is too large");
        var idLength = BinaryPrimitives.ReadUInt16BigEndian(entry[12..]);
        var nameLength = BinaryPrimitives.ReadUInt16BigEndian(entry[14..]);

        Span<byte> extra = stackalloc byte[KnownExtraData];
        extra.Clear();
        file.Read(offset + EntrySize, extra[..(int)Math.Min(KnownExtraData, extraLength)]);
        var idOffset = offset + EntrySize + extraLength;
        offset = idOffset + idLength + nameLength;
        var clock = BinaryPrimitives.ReadUInt64BigEndian(entry[24..]);
        var snapshot = new JsonObject
        {
            ["id"] = file.ReadText(idOffset, Math.Min((int)idLength, LongestId)),
            ["name"] = file.ReadText(idOffset + idLength, Math.Min((int)nameLength, LongestName)),
            ["vm-state-size"] = extraLength >= 8
                ? BinaryPrimitives.ReadInt64BigEndian(extra)
                : BinaryPrimitives.ReadUInt32BigEndian(entry[32..]),
            ["date-sec"] = (long)BinaryPrimitives.ReadUInt32BigEndian(entry[16..]),
            ["date-nsec"] = (long)BinaryPrimitives.ReadUInt32BigEndian(entry[20..]),
            ["vm-clock-sec"] = (long)(clock / NanosecondsOfSecond),
            ["vm-clock-nsec"] = (long)(clock % NanosecondsOfSecond),
        };
        // The number of instructions executed; all bits set where none was counted.
        if (extraLength >= KnownExtraData && BinaryPrimitives.ReadInt64BigEndian(extra[16..]) is not -1 and var icount) snapshot["icount"] = icount;
        return snapshot;
    }
}
