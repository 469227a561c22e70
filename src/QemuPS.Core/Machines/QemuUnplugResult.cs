namespace QemuPS;

/// <summary>How far a device is out of a machine.</summary>
public enum QemuUnplugState
{
    /// <summary>It is gone.</summary>
    Removed,
    /// <summary>The guest was asked and has not let go of it yet; it may still do so, or never.</summary>
    PendingGuest,
}

/// <summary>What came of taking a device from a machine.</summary>
public sealed record QemuUnplugResult
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The device's name in the machine.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is.</summary>
    public required QemuUnplugState State { get; init; }

    /// <summary>Why it is not gone, and what helps; null where there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>What came of it: gone where there is no reason for anything else.</summary>
    internal static QemuUnplugResult Of(string vmName, string id, string? reason) =>
        new() { VmName = vmName, Id = id, State = reason is null ? QemuUnplugState.Removed : QemuUnplugState.PendingGuest, Reason = reason };

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {State}";
}
