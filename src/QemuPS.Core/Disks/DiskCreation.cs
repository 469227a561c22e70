namespace QemuPS.Disks;

/// <summary>What a new image shall be.</summary>
public sealed record DiskCreation
{
    /// <summary>The new file's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The size a guest sees, in bytes; null to take the backing image's.</summary>
    public ulong? SizeBytes { get; init; }

    /// <summary>The format.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>The image the new one is an overlay of.</summary>
    public string? BackingPath { get; init; }

    /// <summary>The backing image's format by QEMU's name. It is never guessed.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>How much is laid down at once.</summary>
    public DiskPreallocation Preallocation { get; init; }

    /// <summary>The unit of allocation in bytes; null for the format's default.</summary>
    public ulong? ClusterSizeBytes { get; init; }

    /// <summary>Further options of the format, as <c>qemu-img create -o</c> takes them.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>An image that exists is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The arguments for qemu-img that create the image at a path.</summary>
    public IReadOnlyList<string> ToArguments(string path)
    {
        var arguments = new List<string> { "create", "-q", "-f", Format.ToQemuName() };
        foreach (var (name, value) in AllOptions()) arguments.AddRange(["-o", $"{name}={value.Replace(",", ",,", StringComparison.Ordinal)}"]);
        if (BackingPath is not null) arguments.AddRange(["-b", BackingPath, "-F", BackingFormat ?? throw new InvalidOperationException("A backing image needs its format.")]);
        arguments.Add(path);
        if (SizeBytes is { } size) arguments.Add(size.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return arguments;
    }

    private IEnumerable<KeyValuePair<string, string>> AllOptions()
    {
        if (ClusterSizeBytes is { } cluster) yield return new("cluster_size", cluster.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (Preallocation != DiskPreallocation.Off) yield return new("preallocation", Preallocation.ToString().ToLowerInvariant());
        foreach (var option in Options) yield return option;
    }
}
