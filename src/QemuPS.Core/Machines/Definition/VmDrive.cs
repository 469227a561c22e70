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

    /// <summary>The serial number the guest sees; null for QEMU's own.</summary>
    public string? Serial { get; init; }

    /// <summary>The drive's own place in the boot order, from 0; null for the one that the machine's boot order gives it.</summary>
    public int? BootIndex { get; init; }

    /// <summary>How the host's page cache is used; null for QEMU's own choice.</summary>
    public VmDiskCache? Cache { get; init; }

    /// <summary>What a guest's TRIM does; null for QEMU's own choice.</summary>
    public VmDiskDiscard? Discard { get; init; }

    /// <summary>What happens when the host cannot write; null for <see cref="VmDiskErrorAction.Enospc"/>, as QEMU does.</summary>
    public VmDiskErrorAction? WriteError { get; init; }

    /// <summary>The most operations a second; null for no limit.</summary>
    public ulong? MaximumIops { get; init; }

    /// <summary>The most bytes a second; null for no limit.</summary>
    public ulong? MaximumBytesPerSecond { get; init; }

    /// <summary>Watch-QemuVm tells when the image's file has grown to so many hundredths of the disk; null for never.</summary>
    public int? WarnAtPercent { get; init; }

    /// <summary>On a machine with PCI Express, it sits on a port of its own and can be taken out while the machine runs.</summary>
    public bool Hotpluggable { get; init; }

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Path ?? "empty"}";
}
