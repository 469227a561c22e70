using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>The extensions between a qcow2 header and the end of its area (docs/interop/qcow2.txt, "Header extensions").</summary>
/// <param name="BackingFormat">The format of the backing image, or null.</param>
/// <param name="DataFile">The name of the file that holds the data, or null.</param>
/// <param name="Bitmaps">Where the bitmaps are, or null.</param>
/// <param name="CryptoOffset">Where the LUKS header is, or null.</param>
internal sealed record Qcow2Extensions(string? BackingFormat, string? DataFile, Qcow2BitmapDirectory? Bitmaps, ulong? CryptoOffset)
{
    private const uint End = 0;
    private const uint BackingFormatName = 0xe2792aca;
    private const uint DataFileName = 0x44415441;
    private const uint BitmapDirectory = 0x23852875;
    private const uint CryptoHeader = 0x0537be77;
    // BlockDriverState.backing_format has 16 bytes.
    private const uint MaximalFormatName = 15;
    private const uint MaximalFileName = 4096;

    private static readonly Qcow2Extensions None = new(null, null, null, null);

    /// <summary>Reads all extensions. Unknown ones can be ignored, as the format says.</summary>
    public static Qcow2Extensions Read(ImageFile file, Qcow2Header header)
    {
        var found = None;
        ulong offset = header.Length;
        Span<byte> start = stackalloc byte[8];
        while (offset < header.ExtensionsEnd)
        {
            file.Read(offset, start);
            var magic = BinaryPrimitives.ReadUInt32BigEndian(start);
            var length = BinaryPrimitives.ReadUInt32BigEndian(start[4..]);
            offset += 8;
            if (offset > header.ExtensionsEnd || length > header.ExtensionsEnd - offset) throw file.Damaged("a header extension is too long");
            if (magic == End) break;
            found = found.With(file, header, magic, offset, length);
            offset += (length + 7UL) & ~7UL;
        }

        return found;
    }

    private Qcow2Extensions With(ImageFile file, Qcow2Header header, uint magic, ulong offset, uint length) => magic switch
    {
        BackingFormatName => this with { BackingFormat = ReadName(file, offset, length, MaximalFormatName) },
        DataFileName => this with { DataFile = ReadName(file, offset, length, MaximalFileName) },
        // Without its bit the bitmaps were left behind by a program that does not know them.
        BitmapDirectory when header.Autoclear.HasFlag(Qcow2Autoclear.Bitmaps) => this with { Bitmaps = Qcow2BitmapDirectory.Read(file, header, offset, length) },
        CryptoHeader => this with { CryptoOffset = ReadCryptoOffset(file, header, offset, length) },
        _ => this,
    };

    private static string ReadName(ImageFile file, ulong offset, uint length, uint maximum) =>
        length <= maximum ? file.ReadText(offset, (int)length) : throw file.Damaged("a name in a header extension is too long");

    private static ulong ReadCryptoOffset(ImageFile file, Qcow2Header header, ulong offset, uint length)
    {
        if (header.Encryption != Qcow2Encryption.Luks || length != 16) throw file.Damaged("it has an encryption header that does not fit its encryption");
        Span<byte> bytes = stackalloc byte[16];
        file.Read(offset, bytes);
        var at = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if (at % header.ClusterSize != 0) throw file.Damaged("its encryption header is not at the start of a cluster");
        if (BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) < LuksHeader.Length) throw file.Damaged("its encryption header is too short");
        return at;
    }
}
