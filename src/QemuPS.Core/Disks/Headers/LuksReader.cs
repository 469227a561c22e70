namespace QemuPS.Disks.Headers;

/// <summary>Describes encrypted raw images as block/crypto.c does.</summary>
internal static class LuksReader
{
    public static ImageInfo Read(ImageFile file)
    {
        var header = LuksHeader.Read(file, 0);
        if (header.PayloadOffset > file.Length) throw file.Damaged("it ends before its encrypted data begins");
        return new ImageInfo("luks", file.Length - header.PayloadOffset) { IsEncrypted = true, Specific = header.ToJson() };
    }
}
