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

    /// <summary>What opens encrypted images of a machine that is off.</summary>
    public SecureString? Passphrase { get; init; }
}
