namespace QemuPS.Disks.Headers;

/// <summary>What an image's header says, in the terms of qapi/block-core.json (ImageInfo).</summary>
/// <param name="Format">QEMU's name of the format.</param>
/// <param name="VirtualSize">The size a guest sees, in bytes.</param>
internal sealed record ImageInfo(string Format, ulong VirtualSize)
{
    /// <summary>The unit of allocation in bytes; 0 where the format has none.</summary>
    public ulong ClusterSize { get; init; }

    /// <summary>Not closed cleanly; null where QEMU's driver does not tell.</summary>
    public bool? IsDirty { get; init; } = false;

    /// <summary>The data is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The name of the backing image as the header has it; null where there is none.</summary>
    public string? Backing { get; init; }

    /// <summary>The format of the backing image; null where the header does not say.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>The space that further files of the image take, in bytes.</summary>
    public long AllocatedElsewhere { get; init; }

    /// <summary>What only this format has.</summary>
    public IReadOnlyDictionary<string, object?>? Specific { get; init; }

    /// <summary>The snapshots, each as a SnapshotInfo.</summary>
    public IReadOnlyList<object> Snapshots { get; init; } = [];

    /// <summary>The object that <c>qemu-img info --output=json</c> prints of the image.</summary>
    public IReadOnlyDictionary<string, object?> ToRaw(ImageFile file)
    {
        if (VirtualSize > long.MaxValue) throw file.Damaged($"a disk cannot have {VirtualSize} bytes");
        var raw = new JsonObject
        {
            ["filename"] = file.Path,
            ["format"] = Format,
            ["virtual-size"] = (long)VirtualSize,
            ["actual-size"] = file.Status.AllocatedBytes + AllocatedElsewhere,
        };
        if (IsDirty is { } dirty) raw["dirty-flag"] = dirty;
        if (ClusterSize > 0) raw["cluster-size"] = (long)ClusterSize;
        if (IsEncrypted) raw["encrypted"] = true;
        if (Specific is not null) raw["format-specific"] = new JsonObject { ["type"] = Format, ["data"] = Specific };
        if (Snapshots.Count > 0) raw["snapshots"] = Snapshots.ToArray();
        if (!string.IsNullOrEmpty(Backing))
        {
            raw["backing-filename"] = Backing;
            raw["full-backing-filename"] = ImageName.Combine(file.Path, Backing);
            if (!string.IsNullOrEmpty(BackingFormat)) raw["backing-filename-format"] = BackingFormat;
        }

        return raw;
    }
}

/// <summary>A JSON object as <see cref="JsonValue"/> makes it: names are found in any case.</summary>
internal sealed class JsonObject() : Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
