using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>Describes Parallels images (docs/interop/parallels.txt) as block/parallels.c does.</summary>
internal static class ParallelsReader
{
    private const uint Version = 2;

    private static ReadOnlySpan<byte> OldMagic => "WithoutFreeSpace"u8;

    private static ReadOnlySpan<byte> NewMagic => "WithouFreSpacExt"u8;

    /// <summary>A file that begins like this is a Parallels image.</summary>
    public static bool IsAtStart(ReadOnlySpan<byte> bytes) =>
        (bytes.StartsWith(OldMagic) || bytes.StartsWith(NewMagic)) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) == Version;

    public static ImageInfo Read(ImageFile file)
    {
        Span<byte> header = stackalloc byte[64];
        file.Read(0, header);
        if (!IsAtStart(header)) throw file.Damaged("it has no Parallels header");
        var tracks = BinaryPrimitives.ReadUInt32LittleEndian(header[28..]);
        if (tracks is 0 or > int.MaxValue / 513) throw file.Damaged($"a cluster cannot have {tracks} sectors");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[32..]) > int.MaxValue / sizeof(uint)) throw file.Damaged("its block table is too large");
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[56..]) != 0) throw new HeaderInsufficientException("it has a format extension");
        var sectors = BinaryPrimitives.ReadUInt64LittleEndian(header[36..]);
        if (header.StartsWith(OldMagic)) sectors &= uint.MaxValue;
        if (sectors > long.MaxValue / 512) throw file.Damaged($"a disk cannot have {sectors} sectors");
        // The driver has no bdrv_get_info: qemu-img tells neither a cluster size nor a dirty flag.
        return new ImageInfo("parallels", sectors * 512) { IsDirty = null };
    }
}
