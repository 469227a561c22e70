using System.Text.Json;

namespace QemuPS.Disks;

/// <summary>Reads the JSON of <c>qemu-img info</c> (qapi/block-core.json, ImageInfo).</summary>
internal static class DiskInfoJson
{
    /// <summary>One image, or a chain: an array from the image to its last backing file.</summary>
    public static QemuDisk Parse(string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Array) return ToDisk(root, path);

        var images = root.EnumerateArray().ToList();
        var disk = ToDisk(images[0], path);
        return disk with { Chain = images.Skip(1).Select(image => ToDisk(image, image.GetProperty("filename").GetString()!)).ToList() };
    }

    private static QemuDisk ToDisk(JsonElement image, string path)
    {
        var specific = image.TryGetProperty("format-specific", out var outer) && outer.TryGetProperty("data", out var data) ? data : default;
        return new QemuDisk
        {
            Path = path,
            Format = image.GetProperty("format").GetString()!,
            SizeBytes = image.GetProperty("virtual-size").GetUInt64(),
            FileSizeBytes = Number(image, "actual-size") ?? 0,
            BackingPath = Text(image, "full-backing-filename"),
            BackingFormat = Text(image, "backing-filename-format"),
            Snapshots = Names(image, "snapshots"),
            ClusterSizeBytes = Number(image, "cluster-size"),
            Compat = Text(specific, "compat"),
            ExtendedL2 = Flag(specific, "extended-l2"),
            CompressionType = Text(specific, "compression-type"),
            LazyRefcounts = Flag(specific, "lazy-refcounts"),
            RefcountBits = (int?)Number(specific, "refcount-bits"),
            IsDirty = Flag(image, "dirty-flag") ?? false,
            IsCorrupt = Flag(specific, "corrupt") ?? false,
            IsEncrypted = Flag(image, "encrypted") ?? false,
            LockedBy = File.Exists(path) ? ImageLocks.FindHolder(path) : null,
            Raw = (IReadOnlyDictionary<string, object?>)JsonValue.ToObject(image)!,
        };
    }

    private static JsonElement? Find(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) => Find(element, name)?.GetString();

    private static ulong? Number(JsonElement element, string name) => Find(element, name)?.GetUInt64();

    private static bool? Flag(JsonElement element, string name) => Find(element, name)?.GetBoolean();

    private static List<string> Names(JsonElement image, string name) =>
        Find(image, name)?.EnumerateArray().Select(item => item.GetProperty("name").GetString()!).ToList() ?? [];
}
