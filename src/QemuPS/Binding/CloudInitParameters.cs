using System.Security;
using QemuPS.Disks;

namespace QemuPS.Binding;

/// <summary>The parameters of <c>New-QemuCloudInitDisk</c> that say what is in a seed, from there or from a hashtable.</summary>
internal sealed record CloudInitParameters
{
    /// <summary>The machine's host name.</summary>
    public string? HostName { get; init; }

    /// <summary>The user to make.</summary>
    public string? UserName { get; init; }

    /// <summary>Lines of authorized_keys files.</summary>
    public IReadOnlyList<string> SshPublicKey { get; init; } = [];

    /// <summary>The user's password.</summary>
    public SecureString? Password { get; init; }

    /// <summary>Packages to install.</summary>
    public IReadOnlyList<string> Package { get; init; } = [];

    /// <summary>The whole user-data, which the five above make otherwise.</summary>
    public object? UserData { get; init; }

    /// <summary>The whole meta-data.</summary>
    public object? MetaData { get; init; }

    /// <summary>The network configuration.</summary>
    public object? NetworkConfig { get; init; }

    /// <summary>The user that they set up.</summary>
    public CloudInitUser User() => new()
    {
        Name = UserName,
        SshPublicKeys = [.. SshPublicKey.SelectMany(text => text.Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')],
        Password = Password,
        Packages = [.. Package],
    };
}
