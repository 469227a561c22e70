using System.Globalization;

namespace QemuPS;

/// <summary>How an endpoint moves data.</summary>
public enum UsbTransferType
{
    /// <summary>Commands and answers.</summary>
    Control = 0,
    /// <summary>A fixed rate without repetition: sound, pictures.</summary>
    Isochronous = 1,
    /// <summary>As much as the bus has room for: disks, networks.</summary>
    Bulk = 2,
    /// <summary>A little, within a fixed time: keys, mice.</summary>
    Interrupt = 3,
}

/// <summary>Which way an endpoint's data goes.</summary>
public enum UsbDirection
{
    /// <summary>From the host to the device.</summary>
    Out,
    /// <summary>From the device to the host.</summary>
    In,
}

/// <summary>An endpoint (USB 2.0, 9.6.6).</summary>
public sealed record UsbEndpoint
{
    /// <summary>Number and direction as they are written: <c>0x81</c> is endpoint 1 towards the host (bEndpointAddress).</summary>
    public required int Address { get; init; }

    /// <summary>Its number, 0 to 15.</summary>
    public int Number => Address & 0x0f;

    /// <summary>Which way its data goes.</summary>
    public UsbDirection Direction => (Address & 0x80) == 0 ? UsbDirection.Out : UsbDirection.In;

    /// <summary>The bits of bmAttributes.</summary>
    public required int Attributes { get; init; }

    /// <summary>How it moves data.</summary>
    public UsbTransferType TransferType => (UsbTransferType)(Attributes & 3);

    /// <summary>How an isochronous endpoint keeps time: None, Asynchronous, Adaptive or Synchronous.</summary>
    public string Synchronization => ((Attributes >> 2) & 3) switch { 0 => "None", 1 => "Asynchronous", 2 => "Adaptive", _ => "Synchronous" };

    /// <summary>What its data is: Data, Feedback, Implicit feedback Data or (reserved).</summary>
    public string Usage => ((Attributes >> 4) & 3) switch { 0 => "Data", 1 => "Feedback", 2 => "Implicit feedback Data", _ => "(reserved)" };

    /// <summary>wMaxPacketSize as it is written.</summary>
    public required int RawMaxPacketSize { get; init; }

    /// <summary>The largest packet, in bytes.</summary>
    public int MaxPacketSize => RawMaxPacketSize & 0x7ff;

    /// <summary>How many packets a microframe may have, 1 to 3 (4 is a reserved value).</summary>
    public int PacketsPerMicroframe => ((RawMaxPacketSize >> 11) & 3) + 1;

    /// <summary>The interval as it is written; its unit depends on speed and transfer type (bInterval).</summary>
    public required int Interval { get; init; }

    /// <summary>The time between two transfers in microseconds; null where the speed is not known or the type has none.</summary>
    public double? IntervalMicroseconds { get; init; }

    /// <summary>How an audio endpoint's feedback comes; null where the descriptor has no such field (bRefresh).</summary>
    public int? Refresh { get; init; }

    /// <summary>The endpoint that synchronises this one; null where the descriptor has no such field (bSynchAddress).</summary>
    public int? SynchAddress { get; init; }

    /// <summary>Descriptors that belong to it: the SuperSpeed companion, those of the class, unknown ones.</summary>
    public IReadOnlyList<UsbDescriptor> ClassDescriptors { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Address:x2} {TransferType} {Direction}, {MaxPacketSize} bytes");
}
