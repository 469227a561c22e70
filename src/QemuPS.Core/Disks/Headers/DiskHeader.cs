using System.Buffers.Binary;
using QemuPS.Processes;

namespace QemuPS.Disks.Headers;

/// <summary>Tells the format of an image from its first bytes as QEMU does, and describes it from its header.</summary>
internal static class DiskHeader
{
    // What block drivers look at (include/block/block-common.h, BLOCK_PROBE_BUF_SIZE).
    private const int ProbeLength = 512;

    private static readonly Dictionary<string, Func<ImageFile, ImageInfo>> Readers = new()
    {
        ["qcow2"] = Qcow2Reader.Read,
        ["raw"] = file => new ImageInfo("raw", file.Length),
        ["qed"] = QedReader.Read,
        ["vmdk"] = VmdkReader.Read,
        ["vdi"] = VdiReader.Read,
        ["vhdx"] = VhdxReader.Read,
        ["vpc"] = VpcReader.Read,
        ["parallels"] = ParallelsReader.Read,
        ["luks"] = LuksReader.Read,
    };

    /// <summary>Describes an image.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="format">Its format by QEMU's name; null to look.</param>
    /// <exception cref="HeaderInsufficientException">Only qemu-img can tell.</exception>
    /// <exception cref="QemuException">The image is damaged or cannot be read.</exception>
    public static QemuDisk Read(string path, string? format)
    {
        using var file = ImageFile.Open(path, out var status) ?? throw NotAFile(path, status.Type);
        format ??= Probe(file);
        if (!Readers.TryGetValue(format, out var read)) throw new HeaderInsufficientException($"the format '{format}' is not known");
        return DiskInfo.ToDisk(path, read(file).ToRaw(file), ImageLocks.FindHolder(file.Handle, path));
    }

    /// <summary>The format that a file's first bytes show; raw where they show none, for QEMU takes it for that.</summary>
    public static string Probe(ImageFile file)
    {
        Span<byte> bytes = stackalloc byte[ProbeLength];
        file.Read(0, bytes);
        var format = ProbeStart(bytes);
        var isVdi = BinaryPrimitives.ReadUInt32LittleEndian(bytes[VdiReader.SignatureOffset..]) == VdiReader.Signature;
        if (isVdi && format is not null) throw new HeaderInsufficientException("it looks like an image of two formats");
        return format ?? (isVdi ? "vdi" : null) ?? (LooksForeign(file.Path, bytes) ? throw new HeaderInsufficientException("its format is one that only qemu-img reads") : "raw");
    }

    private static string? ProbeStart(ReadOnlySpan<byte> bytes)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) == Qcow2Header.Magic) return ProbeQcow(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
        if (QedReader.IsAtStart(bytes)) return "qed";
        if (VmdkReader.IsAtStart(bytes)) return "vmdk";
        if (VhdxReader.IsAtStart(bytes)) return "vhdx";
        if (VpcReader.IsAtStart(bytes)) return "vpc";
        if (ParallelsReader.IsAtStart(bytes)) return "parallels";
        return LuksHeader.IsAtStart(bytes) ? "luks" : null;
    }

    private static string? ProbeQcow(uint version) => version switch
    {
        0 => null,
        1 => "qcow",
        _ => "qcow2",
    };

    // bochs, cloop and dmg: the first two by how they begin, the last by its name alone.
    private static bool LooksForeign(string path, ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("Bochs Virtual HD Image"u8)
        || bytes.StartsWith("#!/bin/sh\n#V2.0 Format\n"u8)
        || (path.EndsWith(".dmg", StringComparison.Ordinal) && path.Length > 4);

    private static Exception NotAFile(string path, FileType type) => type switch
    {
        FileType.BlockDevice => new HeaderInsufficientException("it is a block device"),
        FileType.Folder => new QemuException(ErrorId.InvalidPath, $"'{path}' is a folder, not a disk image."),
        _ => new QemuException(ErrorId.InvalidPath, $"'{path}' is a {ImageFile.NameOf(type)}, not a disk image."),
    };
}
