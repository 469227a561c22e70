namespace QemuPS;

/// <summary>A configuration: one way the whole device can work (USB 2.0, 9.6.3).</summary>
public sealed record UsbConfiguration
{
    /// <summary>Its number (bConfigurationValue).</summary>
    public required int Number { get; init; }

    /// <summary>The length it says it has, all its descriptors included, in bytes (wTotalLength).</summary>
    public required int TotalLength { get; init; }

    /// <summary>How many interfaces it says it has (bNumInterfaces).</summary>
    public required int InterfaceCount { get; init; }

    /// <summary>The number of the string that names it; 0 for none (iConfiguration).</summary>
    public required int NameIndex { get; init; }

    /// <summary>The bits of bmAttributes.</summary>
    public required int Attributes { get; init; }

    /// <summary>It has a power supply of its own.</summary>
    public bool IsSelfPowered => (Attributes & 0x40) != 0;

    /// <summary>It can wake the host.</summary>
    public bool HasRemoteWakeup => (Attributes & 0x20) != 0;

    /// <summary>The most it takes from the bus, in mA (bMaxPower, in units of 2 mA, or of 8 mA from USB 3 on).</summary>
    public required int MaxPowerMilliamperes { get; init; }

    /// <summary>The functions that span several interfaces.</summary>
    public IReadOnlyList<UsbInterfaceAssociation> Associations { get; init; } = [];

    /// <summary>The interfaces, each alternate setting by itself, in the order of the bytes.</summary>
    public IReadOnlyList<UsbInterfaceSetting> Interfaces { get; init; } = [];

    /// <summary>Other descriptors that stand before the first interface.</summary>
    public IReadOnlyList<UsbDescriptor> Others { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Number}: {Interfaces.Select(each => each.Number).Distinct().Count()} interface(s), {MaxPowerMilliamperes} mA";
}

/// <summary>Interfaces that are one function together (Interface Association Descriptor, USB 3.2, 9.6.4).</summary>
/// <param name="FirstInterface">The first interface's number.</param>
/// <param name="InterfaceCount">How many interfaces in a row belong to it.</param>
/// <param name="Class">What the function is for.</param>
/// <param name="SubClass">The subclass, 0 to 255.</param>
/// <param name="Protocol">The protocol, 0 to 255.</param>
/// <param name="NameIndex">The number of the string that names it; 0 for none.</param>
public sealed record UsbInterfaceAssociation(int FirstInterface, int InterfaceCount, UsbClass Class, int SubClass, int Protocol, int NameIndex)
{
    /// <inheritdoc/>
    public override string ToString() => InterfaceCount < 2 ? $"{FirstInterface}: {Class}" : $"{FirstInterface}-{FirstInterface + InterfaceCount - 1}: {Class}";
}

/// <summary>One alternate setting of an interface (USB 2.0, 9.6.5).</summary>
public sealed record UsbInterfaceSetting
{
    /// <summary>The interface's number (bInterfaceNumber).</summary>
    public required int Number { get; init; }

    /// <summary>The setting's number; 0 is the one a device starts with (bAlternateSetting).</summary>
    public required int AlternateSetting { get; init; }

    /// <summary>How many endpoints it says it has, besides endpoint 0 (bNumEndpoints).</summary>
    public required int EndpointCount { get; init; }

    /// <summary>What it is for (bInterfaceClass).</summary>
    public required UsbClass Class { get; init; }

    /// <summary>The subclass, 0 to 255 (bInterfaceSubClass).</summary>
    public required int SubClass { get; init; }

    /// <summary>The protocol, 0 to 255 (bInterfaceProtocol).</summary>
    public required int Protocol { get; init; }

    /// <summary>The class by its full name: <c>Human Interface Device</c>; null where usb.ids has none.</summary>
    public string? ClassName { get; init; }

    /// <summary>The subclass's name; null where usb.ids has none.</summary>
    public string? SubClassName { get; init; }

    /// <summary>The protocol's name; null where usb.ids has none.</summary>
    public string? ProtocolName { get; init; }

    /// <summary>The number of the string that names it; 0 for none (iInterface).</summary>
    public required int NameIndex { get; init; }

    /// <summary>Descriptors of the class (HID, CDC, audio, video, ...) and unknown ones, in their order.</summary>
    public IReadOnlyList<UsbDescriptor> ClassDescriptors { get; init; } = [];

    /// <summary>The endpoints in their order.</summary>
    public IReadOnlyList<UsbEndpoint> Endpoints { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => AlternateSetting == 0 ? $"{Number}: {ClassName ?? Class.ToString()}" : $"{Number}.{AlternateSetting}: {ClassName ?? Class.ToString()}";
}
