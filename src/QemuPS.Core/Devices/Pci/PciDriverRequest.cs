namespace QemuPS.Devices.Pci;

/// <summary>What is asked for when devices get another driver.</summary>
public sealed record PciDriverRequest
{
    /// <summary>The driver that shall have the devices; null for whichever the kernel would choose.</summary>
    public required string? Driver { get; init; }

    /// <summary>All devices of the groups, bridges left out.</summary>
    public bool WholeGroup { get; init; }

    /// <summary>Devices the host uses are taken away all the same.</summary>
    public bool Force { get; init; }

    /// <summary>How long a driver may take to let go of a device, or to take it.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);
}
