using System.Text.Json;

namespace QemuPS.Disks;

/// <summary>An image's description as <c>qemu-img info --output=json</c> gives it (qapi/block-core.json, ImageInfo), made a disk.</summary>
internal static class DiskInfo
{
    /// <summary>The disk that qemu-img's JSON describes.</summary>
    public static QemuDisk Parse(string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        var info = (IReadOnlyDictionary<string, object?>)JsonValue.ToObject(document.RootElement)!;
        return ToDisk(path, info, File.Exists(path) ? ImageLocks.FindHolder(path) : null);
    }

    /// <summary>The disk that an ImageInfo describes.</summary>
    public static QemuDisk ToDisk(string path, IReadOnlyDictionary<string, object?> info, DiskHolder? lockedBy)
    {
        var specific = Find<IReadOnlyDictionary<string, object?>>(Find<IReadOnlyDictionary<string, object?>>(info, "format-specific"), "data");
        var backing = Find<string>(info, "full-backing-filename");
        return new QemuDisk
        {
            Path = path,
            Format = Find<string>(info, "format")!,
            SizeBytes = Number(info, "virtual-size") ?? 0,
            FileSizeBytes = Number(info, "actual-size") ?? 0,
            BackingPath = backing,
            BackingFormat = Find<string>(info, "backing-filename-format"),
            BackingOutsideFolder = backing is not null && ImageName.IsOutsideFolder(path, backing),
            Snapshots = Names(info, "snapshots"),
            ClusterSizeBytes = Number(info, "cluster-size"),
            Compat = Find<string>(specific, "compat"),
            ExtendedL2 = Flag(specific, "extended-l2"),
            CompressionType = Find<string>(specific, "compression-type"),
            LazyRefcounts = Flag(specific, "lazy-refcounts"),
            RefcountBits = (int?)Number(specific, "refcount-bits"),
            IsDirty = Flag(info, "dirty-flag") ?? false,
            IsCorrupt = Flag(specific, "corrupt") ?? false,
            IsEncrypted = Flag(info, "encrypted") ?? false,
            LockedBy = lockedBy,
            Raw = info,
        };
    }

    private static T? Find<T>(IReadOnlyDictionary<string, object?>? values, string name)
        where T : class =>
        values is not null && values.TryGetValue(name, out var value) ? value as T : null;

    private static ulong? Number(IReadOnlyDictionary<string, object?>? values, string name) =>
        Find<object>(values, name) is long number ? (ulong)number : null;

    private static bool? Flag(IReadOnlyDictionary<string, object?>? values, string name) => Find<object>(values, name) as bool?;

    private static IReadOnlyList<string> Names(IReadOnlyDictionary<string, object?> info, string name) =>
        Find<object[]>(info, name) is not { } items
            ? []
            : [.. items.Cast<IReadOnlyDictionary<string, object?>>().Select(item => (string)item["name"]!)];
}
