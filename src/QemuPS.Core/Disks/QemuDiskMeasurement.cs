namespace QemuPS;

/// <summary>How large an image would become, as <c>qemu-img measure</c> tells it.</summary>
public sealed record QemuDiskMeasurement
{
    /// <summary>The image that would be converted; null for a new one.</summary>
    public string? Path { get; init; }

    /// <summary>QEMU's name of the format it would have.</summary>
    public required string Format { get; init; }

    /// <summary>The bytes it would take with the data it has now.</summary>
    public required ulong RequiredBytes { get; init; }

    /// <summary>The bytes it would take once the guest has written everywhere.</summary>
    public required ulong FullyAllocatedBytes { get; init; }

    /// <summary>The bytes its bitmaps would take besides; null where they cannot be kept.</summary>
    public ulong? BitmapsBytes { get; init; }
}
