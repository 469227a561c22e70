using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>A disk or a CD drive of a machine.</summary>
public sealed record VmDrive
{
    /// <summary>The drive's name, unique in the machine: <c>disk0</c>, <c>cd0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>A disk or a CD drive.</summary>
    public VmDriveKind Kind { get; init; }

    /// <summary>The image's full path; null for a CD drive without a disc.</summary>
    public string? Path { get; init; }

    /// <summary>QEMU's name of the image's format. It is never guessed at start.</summary>
    public string Format { get; init; } = "raw";

    /// <summary>How the guest sees it.</summary>
    public VmDiskBus Bus { get; init; }

    /// <summary>The guest may not write. A CD drive is always so.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Path ?? "empty"}";
}
