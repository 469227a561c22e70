namespace QemuPS;

/// <summary>How a USB device that was given to a machine stands.</summary>
public enum VmPassthroughState
{
    /// <summary>The machine does not run; it gets the device when it starts.</summary>
    Defined,
    /// <summary>QEMU has the device.</summary>
    Attached,
    /// <summary>QEMU waits for the device to be plugged in.</summary>
    Pending,
    /// <summary>QEMU looks for the device where it was and is no more: add it again.</summary>
    Stale,
    /// <summary>The device is plugged in where QEMU looks for it, and QEMU has not got it.</summary>
    Failed,
}

/// <summary>A USB device of the host that was given to a machine.</summary>
public sealed record VmUsbPassthrough
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The device's name in the machine.</summary>
    public required string Id { get; init; }

    /// <summary>By what the device is found on the host.</summary>
    public required UsbIdentifyBy IdentifyBy { get; init; }

    /// <summary>How it is found on the host.</summary>
    public required UsbMatch Match { get; init; }

    /// <summary>The device; null where it is not plugged in.</summary>
    public UsbDevice? Device { get; init; }

    /// <summary>Why it stands as it does, in a sentence; null where there is nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>How it stands.</summary>
    public required VmPassthroughState State { get; init; }

    /// <summary>It is in the machine's definition.</summary>
    public required bool Persisted { get; init; }
}
