namespace QemuPS;

/// <summary>The image formats QemuPS creates. <c>qemu-img</c> may read more.</summary>
public enum DiskFormat
{
    /// <summary>QEMU's own format: grows on demand, snapshots, backing files.</summary>
    Qcow2,
    /// <summary>The bytes of the disk and nothing else.</summary>
    Raw,
    /// <summary>VMware.</summary>
    Vmdk,
    /// <summary>VirtualBox.</summary>
    Vdi,
    /// <summary>Hyper-V.</summary>
    Vhdx,
    /// <summary>Virtual PC and the older Hyper-V (.vhd); QEMU calls it vpc.</summary>
    Vpc,
}

/// <summary>How much of a new image is laid down at once (qemu-img's <c>preallocation</c> option).</summary>
public enum DiskPreallocation
{
    /// <summary>Nothing: the file grows as the guest writes.</summary>
    Off,
    /// <summary>The tables that tell where data is (qcow2).</summary>
    Metadata,
    /// <summary>The space is reserved on the host (fallocate), not written.</summary>
    Falloc,
    /// <summary>Every byte is written.</summary>
    Full,
}

/// <summary>The names of formats, and what a file's extension says about them.</summary>
public static class DiskFormats
{
    /// <summary>The name QEMU has for the format.</summary>
    public static string ToQemuName(this DiskFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>The extension that files of the format commonly have, with its dot.</summary>
    public static string ToExtension(this DiskFormat format) => format == DiskFormat.Vpc ? ".vhd" : "." + format.ToQemuName();

    /// <summary>The format a file's extension stands for, or null where it stands for none.</summary>
    public static DiskFormat? FromExtension(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".qcow2" or ".qcow" => DiskFormat.Qcow2,
        ".raw" or ".img" => DiskFormat.Raw,
        ".vmdk" => DiskFormat.Vmdk,
        ".vdi" => DiskFormat.Vdi,
        ".vhdx" => DiskFormat.Vhdx,
        ".vhd" or ".vpc" => DiskFormat.Vpc,
        _ => null,
    };
}
