using System.Globalization;

namespace QemuPS.Disks.Headers;

/// <summary>
/// Describes VMware images ("Virtual Disk Format" 5.0) as block/vmdk.c does: a sparse extent with its descriptor
/// inside, or a descriptor file that names its extents.
/// </summary>
internal static class VmdkReader
{
    // block/vmdk.c reads identity and parent from this much of the descriptor only.
    private const int IdentityLength = 20 * 512;
    private const int LargestDescriptor = (1 << 20) - 1;
    private const ulong DescriptorInSparse = 512;
    private const int LongestName = 4095;

    private static readonly string[] TypesOfDescriptor = ["monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"];
    private static readonly string[] OtherTypes = ["vmfs", "vmfsSparse", "seSparse"];

    /// <summary>
    /// A file that begins like this is a VMDK image: a magic number, or a text that begins with comments, blank lines
    /// and a version (block/vmdk.c, vmdk_probe).
    /// </summary>
    public static bool IsAtStart(ReadOnlySpan<byte> bytes)
    {
        if (VmdkSparse.IsAtStart(bytes) || VmdkSparse.IsOldAtStart(bytes)) return true;
        while (bytes.Length > 0 && bytes[0] is (byte)'#' or (byte)' ')
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0) return false;
            if (bytes[0] == ' ' && bytes[..end].TrimEnd((byte)'\r').ContainsAnyExcept((byte)' ')) return false;
            bytes = bytes[(end + 1)..];
        }

        return bytes.Length > 10 && bytes.StartsWith("version="u8) && bytes[8] is (byte)'1' or (byte)'2' or (byte)'3'
            && (bytes[9] == '\n' || bytes[9..].StartsWith("\r\n"u8));
    }

    public static ImageInfo Read(ImageFile file)
    {
        Span<byte> start = stackalloc byte[512];
        file.Read(0, start);
        if (VmdkSparse.IsOldAtStart(start)) throw new HeaderInsufficientException("it is a sparse extent of the old kind");
        if (!VmdkSparse.IsAtStart(start)) return ReadDescriptor(file);
        var extent = VmdkSparse.Read(file, isDescribed: false);
        return Describe(file, extent.IsCompressed ? "streamOptimized" : "monolithicSparse", DescriptorInSparse, [extent]);
    }

    private static ImageInfo ReadDescriptor(ImageFile file)
    {
        var text = file.ReadText(0, (int)Math.Min(file.Length, LargestDescriptor));
        var type = Quoted(text, "createType") ?? throw file.Damaged("its descriptor has no createType");
        var extents = VmdkExtents.Read(file, text);
        if (OtherTypes.Contains(type)) throw new HeaderInsufficientException($"its type is {type}");
        if (!TypesOfDescriptor.Contains(type)) throw file.Damaged($"its type '{type}' does not go with a descriptor file");
        return Describe(file, extents.Any(extent => extent.IsCompressed) ? "streamOptimized" : type, 0, extents);
    }

    private static ImageInfo Describe(ImageFile file, string type, ulong descriptor, IReadOnlyList<VmdkExtent> extents)
    {
        var text = file.ReadText(descriptor, IdentityLength - 1);
        var backing = ReadParent(file, text);
        var first = extents[0];
        var alike = extents.All(other => other.HasTypeOf(first));
        return new ImageInfo("vmdk", SizeOf(file, extents))
        {
            ClusterSize = alike ? first.ClusterSize : 0,
            // Extents of several kinds have QEMU's driver tell nothing of either (vmdk_get_info).
            IsDirty = alike ? false : null,
            Backing = backing,
            BackingFormat = backing is null ? null : "vmdk",
            AllocatedElsewhere = extents.Sum(extent => extent.AllocatedElsewhere),
            Specific = new JsonObject
            {
                ["create-type"] = type,
                ["cid"] = ReadId(file, text, "CID"),
                ["parent-cid"] = ReadId(file, text, "parentCID"),
                ["extents"] = extents.Select(extent => extent.ToJson()).ToArray<object>(),
            },
        };
    }

    private static ulong SizeOf(ImageFile file, IReadOnlyList<VmdkExtent> extents)
    {
        UInt128 sectors = 0;
        foreach (var extent in extents) sectors += extent.Sectors;
        return sectors <= long.MaxValue / 512 ? (ulong)sectors * 512 : throw file.Damaged("its extents have more sectors than a disk can have");
    }

    private static string? ReadParent(ImageFile file, string text)
    {
        const string key = "parentFileNameHint";
        if (!text.Contains(key, StringComparison.Ordinal)) return null;
        var name = Quoted(text, key) ?? throw file.Damaged("the name of its parent has no end");
        return name.Length <= LongestName ? name : throw file.Damaged("the name of its parent is too long");
    }

    private static long ReadId(ImageFile file, string text, string key)
    {
        var at = text.IndexOf(key, StringComparison.Ordinal);
        var digits = at < 0 ? "" : text[Math.Min(text.Length, at + key.Length + 1)..].TrimStart(' ', '\t', '\r', '\n');
        var length = 0;
        while (length < digits.Length && char.IsAsciiHexDigit(digits[length])) length++;
        return uint.TryParse(digits.AsSpan(0, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw file.Damaged($"its {key} is not a number");
    }

    // key="value": whatever stands between key and value has two characters (vmdk_parse_description).
    private static string? Quoted(string text, string key)
    {
        var at = text.IndexOf(key, StringComparison.Ordinal);
        var start = at + key.Length + 2;
        if (at < 0 || start >= text.Length) return null;
        var end = text.IndexOf('"', start);
        return end < 0 ? null : text[start..end];
    }
}
