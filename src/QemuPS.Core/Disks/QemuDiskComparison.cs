namespace QemuPS;

/// <summary>What a comparison of two images found (<c>qemu-img compare</c>): what a guest would read of them.</summary>
public sealed record QemuDiskComparison
{
    /// <summary>The first image.</summary>
    public required string Path { get; init; }

    /// <summary>The second image.</summary>
    public required string OtherPath { get; init; }

    /// <summary>A guest reads the same of both. A disk that is larger only by zeros is the same unless sizes count.</summary>
    public required bool AreIdentical { get; init; }

    /// <summary>The offset of the first sector that differs, in bytes; null where none does.</summary>
    public long? FirstDifferenceOffset { get; init; }

    /// <summary>The disks have different sizes.</summary>
    public bool SizesDiffer { get; init; }
}
