using System.Security;

namespace QemuPS.Disks;

/// <summary>What a new machine is told about itself and its first user, where that is not given as a whole document.</summary>
public sealed record CloudInitUser
{
    /// <summary>The user to make; null for the one that the image's makers thought of.</summary>
    public string? Name { get; init; }

    /// <summary>Public keys that may log in, a line of an <c>authorized_keys</c> file each.</summary>
    public IReadOnlyList<string> SshPublicKeys { get; init; } = [];

    /// <summary>The password; the seed has its hash only. Null for none.</summary>
    public SecureString? Password { get; init; }

    /// <summary>Packages to install at the first start.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];
}
