namespace QemuPS;

/// <summary>What a check of an image found (<c>qemu-img check</c>).</summary>
public sealed record QemuDiskCheck
{
    /// <summary>The image.</summary>
    public required string Path { get; init; }

    /// <summary>QEMU's name of its format; null where the file is no image that can be read.</summary>
    public string? Format { get; init; }

    /// <summary>Nothing is wrong with the image and its chain. Space that is reserved for nothing is not wrong.</summary>
    public bool IsHealthy => Problem is null && Errors == 0 && Corruptions == 0 && !ChainBroken;

    /// <summary>Things that could not be checked, by I/O errors for instance.</summary>
    public long Errors { get; init; }

    /// <summary>Clusters that are reserved and hold nothing: space is lost, no data.</summary>
    public long Leaks { get; init; }

    /// <summary>Errors in the tables that tell where data is: data is lost, or will be.</summary>
    public long Corruptions { get; init; }

    /// <summary>Leaks that were repaired.</summary>
    public long LeaksFixed { get; init; }

    /// <summary>Corruptions that were repaired.</summary>
    public long CorruptionsFixed { get; init; }

    /// <summary>A backing image is missing, unreadable or part of a circle.</summary>
    public bool ChainBroken { get; init; }

    /// <summary>A process has the image open: what a check finds may be what the process is about to write.</summary>
    public bool InUse { get; init; }

    /// <summary>The format has something to check. A raw image has nothing.</summary>
    public bool FormatSupported { get; init; } = true;

    /// <summary>What is wrong, in words, where it is none of the numbers; null where nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>The object that <c>qemu-img check --output=json</c> prints.</summary>
    public IReadOnlyDictionary<string, object?> Raw { get; init; } = JsonValue.Empty;
}
