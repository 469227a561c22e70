namespace QemuPS;

/// <summary>What happened to a USB device.</summary>
public enum UsbAction
{
    /// <summary>It was plugged in and has its drivers: the moment it can be given away.</summary>
    Add,
    /// <summary>It was unplugged.</summary>
    Remove,
    /// <summary>It is another one in part: configured anew, authorised, suspended for good.</summary>
    Change,
}

/// <summary>Something that happened to a USB device.</summary>
public sealed record UsbDeviceEvent
{
    /// <summary>What happened.</summary>
    public required UsbAction Action { get; init; }

    /// <summary>The device: as it is now, or as it was when it was seen last.</summary>
    public required UsbDevice Device { get; init; }

    /// <summary>The device's place: <c>1-1.2</c>.</summary>
    public string BusId => Device.BusId;

    /// <summary>When it was noticed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Action} {Device}";
}
