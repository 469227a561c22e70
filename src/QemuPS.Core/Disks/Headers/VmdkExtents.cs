using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuPS.Disks.Headers;

/// <summary>A part of a VMDK image's data.</summary>
internal sealed record VmdkExtent
{
    /// <summary>The full path of the file it is in.</summary>
    public required string Path { get; init; }

    /// <summary>The kind that the descriptor gives, <c>FLAT</c> or <c>SPARSE</c>; empty without a descriptor file.</summary>
    public string Type { get; init; } = "";

    public required ulong Sectors { get; init; }

    /// <summary>The unit of allocation in bytes; 0 for a flat extent.</summary>
    public ulong ClusterSize { get; init; }

    public bool IsCompressed { get; init; }

    /// <summary>The space it takes where that is not the image's own file, in bytes.</summary>
    public long AllocatedElsewhere { get; init; }

    public bool HasTypeOf(VmdkExtent other) => ClusterSize == other.ClusterSize && IsCompressed == other.IsCompressed;

    /// <summary>The extent as an ImageInfo of qapi/block-core.json.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["filename"] = Path, ["format"] = Type, ["virtual-size"] = (long)(Sectors * 512) };
        if (ClusterSize > 0) json["cluster-size"] = (long)ClusterSize;
        if (IsCompressed) json["compressed"] = true;
        return json;
    }
}

/// <summary>The extents that a VMDK descriptor file names, a line each.</summary>
internal static partial class VmdkExtents
{
    // An extent has 2 GiB where they are many.
    private const int MostExtents = 4096;

    /// <summary>Reads all extents; each has to be a file.</summary>
    public static IReadOnlyList<VmdkExtent> Read(ImageFile file, string descriptor)
    {
        var extents = new List<VmdkExtent>();
        foreach (var line in descriptor.AsSpan().EnumerateLines())
        {
            // Extents that may not be written are no data to QEMU (vmdk_parse_extents).
            if (!line.TrimStart().StartsWith("RW")) continue;
            if (extents.Count == MostExtents) throw file.Damaged($"it has more than {MostExtents} extents");
            extents.Add(ReadLine(file, line.ToString()));
        }

        return extents.Count > 0 ? extents : throw file.Damaged("its descriptor names no extent");
    }

    private static VmdkExtent ReadLine(ImageFile file, string line)
    {
        var match = ExtentLine().Match(line);
        if (!match.Success) throw file.Damaged($"its descriptor has the line '{line}'");
        var type = match.Groups["type"].Value;
        var sectors = ulong.Parse(match.Groups["sectors"].Value, CultureInfo.InvariantCulture);
        using var part = ImageFile.OpenPart(PathOf(file, match.Groups["name"].Value), file.Path);
        return type switch
        {
            "FLAT" when match.Groups["offset"].Success && sectors > 0 => Flat(part, sectors),
            "SPARSE" when VmdkSparse.IsAtStart(part) => VmdkSparse.Read(part, isDescribed: true) with { Type = type, AllocatedElsewhere = part.Status.AllocatedBytes },
            "FLAT" or "SPARSE" => throw file.Damaged($"its descriptor has the line '{line}'"),
            _ => throw new HeaderInsufficientException($"it has an extent of the type {type}"),
        };
    }

    // A colon in an extent's name means nothing: QEMU puts the folder before it.
    private static string PathOf(ImageFile file, string name) =>
        name.StartsWith('/') ? name : string.Concat(file.Path.AsSpan(0, file.Path.LastIndexOf('/') + 1), name);

    private static VmdkExtent Flat(ImageFile part, ulong sectors) =>
        new() { Path = part.Path, Type = "FLAT", Sectors = sectors, AllocatedElsewhere = part.Status.AllocatedBytes };

    [GeneratedRegex("""^\s*RW\s+(?<sectors>\d{1,18})\s+(?<type>FLAT|SPARSE|VMFS|VMFSSPARSE|SESPARSE)\s+"(?<name>[^"\r\n]{1,511})"(\s+(?<offset>\d{1,18}))?\s*$""", RegexOptions.ExplicitCapture)]
    private static partial Regex ExtentLine();
}
