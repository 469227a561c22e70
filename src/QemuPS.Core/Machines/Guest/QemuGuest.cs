namespace QemuPS;

/// <summary>What the agent in a machine's guest tells of it. What the agent does not offer is null.</summary>
public sealed record QemuGuest
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The guest's name.</summary>
    public string? HostName { get; init; }

    /// <summary>Its operating system: <c>Debian GNU/Linux 12 (bookworm)</c>.</summary>
    public string? OsName { get; init; }

    /// <summary>The kernel's release: <c>6.1.0-28-amd64</c>.</summary>
    public string? Kernel { get; init; }

    /// <summary>What it runs on: <c>x86_64</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>Who is logged in.</summary>
    public IReadOnlyList<QemuGuestUser>? Users { get; init; }

    /// <summary>The mounted file systems that lie on disks.</summary>
    public IReadOnlyList<QemuGuestFileSystem>? FileSystems { get; init; }

    /// <summary>The addresses under which others can reach it: no loopback, nothing link-local.</summary>
    public IReadOnlyList<string>? IPAddresses { get; init; }

    /// <summary>All its network interfaces with all addresses.</summary>
    public IReadOnlyList<QemuGuestNetworkInterface>? NetworkInterfaces { get; init; }

    /// <summary>The time zone's name, and how far it is from UTC: <c>CET (+01:00)</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The agent's version.</summary>
    public required string AgentVersion { get; init; }

    /// <summary>The agent's commands that may be used.</summary>
    public required IReadOnlyList<string> EnabledCommands { get; init; }

    /// <summary>The agent's own answers, by its commands.</summary>
    public required IReadOnlyDictionary<string, object?> Raw { get; init; }
}

/// <summary>Somebody who is logged in at a guest.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Domain">The domain of Windows' users.</param>
/// <param name="LoginTime">Since when; null where the agent does not know.</param>
public sealed record QemuGuestUser(string Name, string? Domain, DateTimeOffset? LoginTime)
{
    /// <inheritdoc/>
    public override string ToString() => Domain is null ? Name : $@"{Domain}\{Name}";
}

/// <summary>A file system that is mounted in a guest.</summary>
/// <param name="MountPoint">Where.</param>
/// <param name="Type">Its type: <c>ext4</c>.</param>
/// <param name="Device">The guest's name of the device: <c>vda1</c>.</param>
/// <param name="SizeBytes">How much it holds; null where the agent does not tell.</param>
/// <param name="UsedBytes">How much of it is used; null where the agent does not tell.</param>
public sealed record QemuGuestFileSystem(string MountPoint, string Type, string Device, ulong? SizeBytes, ulong? UsedBytes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{MountPoint} ({Type}, {Device})";
}

/// <summary>A network interface of a guest.</summary>
/// <param name="Name">The guest's name of it: <c>eth0</c>.</param>
/// <param name="MacAddress">Its hardware address; null where it has none.</param>
/// <param name="Addresses">Its addresses with their prefixes: <c>10.0.2.15/24</c>.</param>
public sealed record QemuGuestNetworkInterface(string Name, string? MacAddress, IReadOnlyList<string> Addresses)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {string.Join(", ", Addresses)}";
}
