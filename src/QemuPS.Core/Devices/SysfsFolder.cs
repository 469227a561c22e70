using System.Globalization;

namespace QemuPS.Devices;

/// <summary>
/// A folder of the host whose links are resolved, a device's in sysfs for instance. Its attributes are read by
/// name, one value a file (Documentation/filesystems/sysfs.rst).
/// </summary>
public sealed class SysfsFolder
{
    private const int LongestAttribute = 4096;
    private readonly SysfsRoot _root;
    private readonly string _prefix;

    internal SysfsFolder(SysfsRoot root, string path)
    {
        _root = root;
        Path = path;
        _prefix = root.Prefix + path + "/";
    }

    /// <summary>Its path on the host, without links.</summary>
    public string Path { get; }

    /// <summary>An attribute as text, cleaned; null where it is missing, unreadable or the device has gone.</summary>
    public string? Text(string attribute)
    {
        Span<byte> buffer = stackalloc byte[LongestAttribute];
        var length = Bytes(attribute, buffer);
        return length < 0 ? null : DeviceText.Clean(buffer[..length]);
    }

    /// <summary>An attribute with a decimal number; null where it has none.</summary>
    public int? Number(string attribute) =>
        int.TryParse(Text(attribute), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>An attribute with a hexadecimal number, with or without <c>0x</c>; null where it has none.</summary>
    public int? Hex(string attribute)
    {
        var text = Text(attribute).AsSpan();
        var digits = text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text;
        return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number : null;
    }

    /// <summary>An attribute as it is; the bytes that were read, or the error number below zero.</summary>
    internal int Bytes(string attribute, Span<byte> buffer)
    {
        // The kernel's attributes are files. In a recorded host one may be a link, and links are resolved by the root.
        var length = KernelFile.Read(_prefix + attribute, followLink: _root.IsThisHost, buffer, isAttribute: true);
        if (length != -KernelFile.IsLink) return length;
        return _root.Resolve($"{Path}/{attribute}") is { } real ? KernelFile.Read(_root.Prefix + real, followLink: true, buffer, isAttribute: true) : length;
    }

    /// <summary>There is a file, folder or link of that name.</summary>
    public bool Has(string name) => System.IO.Path.Exists(_prefix + name);

    /// <summary>The last name of where a link points: the driver's, the group's; null where there is no such link.</summary>
    public string? LinkName(string link) =>
        KernelFile.ReadLink(_prefix + link) is { } target ? DeviceText.Clean(System.IO.Path.GetFileName(target)) : null;

    /// <summary>The names in it in the order of their bytes.</summary>
    public IReadOnlyList<string> List() => _root.List(Path);

    /// <summary>A folder in it; null where there is none.</summary>
    public SysfsFolder? Open(string name) => _root.Open($"{Path}/{name}");

    /// <summary>A plain folder in it, which need not exist: its attributes are null then. It spares the look.</summary>
    internal SysfsFolder At(string name) => new(_root, $"{Path}/{name}");
}
