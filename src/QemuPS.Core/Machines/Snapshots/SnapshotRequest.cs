using System.Security;

namespace QemuPS.Machines;

/// <summary>A snapshot of a machine that shall be taken.</summary>
public sealed record SnapshotRequest
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, in the user's words.</summary>
    public string? Description { get; init; }

    /// <summary>The guest's memory and devices are kept as well: the guest goes on where it was.</summary>
    public bool IncludeMemory { get; init; }

    /// <summary>The images are left as they are, and overlays take what is written from then on.</summary>
    public bool External { get; init; }

    /// <summary>The folder for the overlays; null for each image's own.</summary>
    public string? OverlayFolder { get; init; }

    /// <summary>The guest's file systems are brought to rest by its agent first.</summary>
    public bool Quiesce { get; init; }

    /// <summary>What opens encrypted images of a machine that is off.</summary>
    public SecureString? Passphrase { get; init; }
}
