namespace QemuPS.Disks.Headers;

/// <summary>
/// Describes qcow2 images as block/qcow2.c does. A file that the header names, be it for backing or for data, is not
/// opened: opening whatever an image named was CVE-2024-4467.
/// </summary>
internal static class Qcow2Reader
{
    public static ImageInfo Read(ImageFile file)
    {
        var header = Qcow2Header.Read(file);
        var extensions = Qcow2Extensions.Read(file, header);
        var snapshots = Qcow2Snapshots.Read(file, header);
        return new ImageInfo("qcow2", header.Size & ~511UL)
        {
            ClusterSize = header.ClusterSize,
            IsDirty = header.Incompatible.HasFlag(Qcow2Incompatible.Dirty),
            IsEncrypted = header.Encryption != Qcow2Encryption.None,
            Specific = header.Version == 2 ? Specific2(file, header, extensions) : Specific3(file, header, extensions),
            Backing = header.ReadBackingName(file),
            BackingFormat = extensions.BackingFormat,
            // With an external data file there are no snapshots, whatever the table says (qcow2_snapshot_list).
            Snapshots = header.HasDataFile ? [] : snapshots,
        };
    }

    private static JsonObject Specific2(ImageFile file, Qcow2Header header, Qcow2Extensions extensions)
    {
        var specific = new JsonObject
        {
            ["compat"] = "0.10",
            ["compression-type"] = "zlib",
            ["refcount-bits"] = 1L << header.RefcountOrder,
        };
        if (Encryption(file, header, extensions) is { } encryption) specific["encrypt"] = encryption;
        return specific;
    }

    private static JsonObject Specific3(ImageFile file, Qcow2Header header, Qcow2Extensions extensions)
    {
        var specific = new JsonObject
        {
            ["compat"] = "1.1",
            ["compression-type"] = header.Compression == 0 ? "zlib" : "zstd",
            ["lazy-refcounts"] = header.Compatible.HasFlag(Qcow2Compatible.LazyRefcounts),
            ["refcount-bits"] = 1L << header.RefcountOrder,
            ["corrupt"] = header.Incompatible.HasFlag(Qcow2Incompatible.Corrupt),
            ["extended-l2"] = header.Incompatible.HasFlag(Qcow2Incompatible.ExtendedL2),
        };
        if (extensions.Bitmaps is { } bitmaps) specific["bitmaps"] = bitmaps.List(file, header);
        if (extensions.DataFile is { } dataFile) specific["data-file"] = dataFile;
        if (header.HasDataFile) specific["data-file-raw"] = header.Autoclear.HasFlag(Qcow2Autoclear.DataFileRaw);
        if (Encryption(file, header, extensions) is { } encryption) specific["encrypt"] = encryption;
        return specific;
    }

    private static JsonObject? Encryption(ImageFile file, Qcow2Header header, Qcow2Extensions extensions)
    {
        switch (header.Encryption)
        {
            case Qcow2Encryption.Aes:
                return new JsonObject { ["format"] = "aes" };
            case Qcow2Encryption.Luks:
                // qemu-img 7.2 does not survive an image without it.
                var offset = extensions.CryptoOffset ?? throw file.Damaged("it is encrypted and has no encryption header");
                var encryption = LuksHeader.Read(file, offset).ToJson();
                encryption["format"] = "luks";
                return encryption;
            default:
                return null;
        }
    }
}
