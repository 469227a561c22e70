namespace QemuPS;

/// <summary>
/// What a USB device says about itself, as it says it: the bytes the kernel keeps in sysfs' <c>descriptors</c> and
/// <c>bos_descriptors</c>, taken apart (USB 2.0, chapter 9.6; USB 3.2, chapter 9.6). Nothing is believed: what makes
/// no sense is named in <see cref="Problems"/> and kept as bytes.
/// </summary>
public sealed record UsbDescriptors
{
    /// <summary>The device's own descriptor; null where the bytes do not begin with one.</summary>
    public UsbDeviceDescriptor? Device { get; init; }

    /// <summary>The configurations in the order of the bytes.</summary>
    public IReadOnlyList<UsbConfiguration> Configurations { get; init; } = [];

    /// <summary>The capabilities of the binary object store (BOS); none where the device or the kernel has none (Linux 6.10 and later show them).</summary>
    public IReadOnlyList<UsbDescriptor> Capabilities { get; init; } = [];

    /// <summary>What stands outside of any configuration.</summary>
    public IReadOnlyList<UsbDescriptor> Others { get; init; } = [];

    /// <summary>What contradicts the specification or itself, a sentence each; none for a sound device.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Device is null ? "no device descriptor" : $"USB {Device.UsbVersion}, {Configurations.Count} configuration(s)";
}

/// <summary>The device descriptor (USB 2.0, 9.6.1).</summary>
public sealed record UsbDeviceDescriptor
{
    /// <summary>The USB version the device is made for: <c>2.00</c> (bcdUSB).</summary>
    public required string UsbVersion { get; init; }

    /// <summary>What it is for (bDeviceClass).</summary>
    public required UsbClass Class { get; init; }

    /// <summary>The subclass, 0 to 255 (bDeviceSubClass).</summary>
    public required int SubClass { get; init; }

    /// <summary>The protocol, 0 to 255 (bDeviceProtocol).</summary>
    public required int Protocol { get; init; }

    /// <summary>The largest packet of endpoint 0 as it is written: bytes up to USB 2, a power of two from USB 3 on (bMaxPacketSize0).</summary>
    public required int MaxPacketSize0 { get; init; }

    /// <summary>The vendor's number, four lower-case hexadecimal digits (idVendor).</summary>
    public required string VendorId { get; init; }

    /// <summary>The product's number, four lower-case hexadecimal digits (idProduct).</summary>
    public required string ProductId { get; init; }

    /// <summary>The device's own version: <c>1.00</c> (bcdDevice).</summary>
    public required string DeviceVersion { get; init; }

    /// <summary>The number of the string that names the manufacturer; 0 for none (iManufacturer).</summary>
    public required int ManufacturerIndex { get; init; }

    /// <summary>The number of the string that names the product; 0 for none (iProduct).</summary>
    public required int ProductIndex { get; init; }

    /// <summary>The number of the string with the serial number; 0 for none (iSerialNumber).</summary>
    public required int SerialNumberIndex { get; init; }

    /// <summary>How many configurations it says it has (bNumConfigurations).</summary>
    public required int ConfigurationCount { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{VendorId}:{ProductId} {DeviceVersion}, USB {UsbVersion}, {Class}";
}
