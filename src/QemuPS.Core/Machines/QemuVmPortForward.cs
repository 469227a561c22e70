namespace QemuPS;

/// <summary>A port of the host that leads into a machine's guest.</summary>
public sealed record QemuVmPortForward
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The network adapter it leads through: <c>net0</c>.</summary>
    public required string Adapter { get; init; }

    /// <summary>TCP or UDP.</summary>
    public required VmPortProtocol Protocol { get; init; }

    /// <summary>The host's address it listens on.</summary>
    public required string HostAddress { get; init; }

    /// <summary>The host's port: the real one while the machine runs, also where the kernel picked it; 0 for one that is yet to be picked.</summary>
    public required int HostPort { get; init; }

    /// <summary>The guest's port.</summary>
    public required int GuestPort { get; init; }

    /// <summary>The machine runs and listens at it now.</summary>
    public bool IsListening { get; init; }

    /// <summary>The definition has it.</summary>
    public bool Persisted { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol.ToString().ToLowerInvariant()}/{HostAddress}:{HostPort}:{GuestPort}";
}
