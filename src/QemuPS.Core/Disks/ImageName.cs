namespace QemuPS.Disks;

/// <summary>Names of images as QEMU reads them (block.c: path_has_protocol, path_combine).</summary>
public static class ImageName
{
    private static readonly string[] Protocols = ["nbd", "nbd+unix", "json", "http", "https", "ftp", "ftps", "ssh", "iscsi", "rbd", "nfs", "gluster"];

    /// <summary>The name begins with a protocol of QEMU's, followed by a colon.</summary>
    public static bool IsKnownProtocol(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return HasProtocol(name) && Protocols.Contains(name[..name.IndexOf(':', StringComparison.Ordinal)]);
    }

    /// <summary>The name begins with a protocol (<c>nbd://host</c>, <c>json:{...}</c>): it is not the path of a file.</summary>
    public static bool HasProtocol(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var end = name.AsSpan().IndexOfAny(':', '/');
        return end >= 0 && name[end] == ':';
    }

    /// <summary>The name that an image has in another one, as a full path; a name with a protocol stays as it is.</summary>
    /// <param name="image">The full path of the image that holds the name.</param>
    /// <param name="name">The name.</param>
    public static string Combine(string image, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (HasProtocol(name) || name.StartsWith('/')) return name;
        return string.Concat(image.AsSpan(0, image.LastIndexOf('/') + 1), name);
    }

    /// <summary>The image that a header names lies outside of the folder of the image with the header, or is not a file.</summary>
    /// <param name="image">The full path of the image that holds the name.</param>
    /// <param name="other">The other image as <see cref="Combine"/> gives it. Where it is a link, it is its target that counts.</param>
    public static bool IsOutsideFolder(string image, string other)
    {
        if (HasProtocol(other)) return true;
        var folder = Path.GetDirectoryName(Path.GetFullPath(image))!.TrimEnd('/') + '/';
        return !IsBelow(folder, other) || (FinalTarget(other) is { } target && !IsBelow(folder, target));
    }

    private static bool IsBelow(string folder, string path) => Path.GetFullPath(path).StartsWith(folder, StringComparison.Ordinal);

    private static string? FinalTarget(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Nothing there, a circle of links, or a folder we may not look into: the name itself has been judged.
            return null;
        }
    }
}
