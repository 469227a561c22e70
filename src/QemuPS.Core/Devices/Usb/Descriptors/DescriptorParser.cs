using System.Buffers.Binary;
using System.Globalization;

namespace QemuPS.Devices.Usb;

/// <summary>
/// Takes the bytes of a device's descriptors apart. It reads each byte once and believes no length: what does not
/// fit ends its part, is kept as bytes and named as a problem. It throws for no input.
/// </summary>
public static class DescriptorParser
{
    private const int DeviceType = 1;
    private const int ConfigurationType = 2;
    private const int BosType = 15;
    private const int CapabilityType = 16;
    private const int DeviceLength = 18;
    private const int ConfigurationLength = 9;
    private const int BosLength = 5;
    private const double SuperSpeed = 5000;

    /// <summary>Parses a device's descriptors.</summary>
    /// <param name="descriptors">The device descriptor and behind it each configuration with all that is in it: sysfs' <c>descriptors</c>.</param>
    /// <param name="bos">The binary object store with its capabilities: sysfs' <c>bos_descriptors</c>; empty where there is none.</param>
    /// <param name="speed">The connection's speed in Mbit/s, which decides the units of power and intervals; null where it is not known.</param>
    public static UsbDescriptors Parse(ReadOnlySpan<byte> descriptors, ReadOnlySpan<byte> bos = default, double? speed = null)
    {
        var problems = new List<string>();
        var others = new List<UsbDescriptor>();
        var device = ParseDevice(descriptors, problems, out var length);
        var isSuper = speed is null ? device is not null && ReadWord(descriptors, 2) >= 0x0300 : speed >= SuperSpeed;
        var configurations = ParseConfigurations(descriptors[length..], new DescriptorScale(isSuper, speed), others, problems);
        if (device is not null && device.ConfigurationCount != configurations.Count)
        {
            problems.Add($"The device says it has {device.ConfigurationCount} configuration(s), and {configurations.Count} are there.");
        }

        return new UsbDescriptors
        {
            Device = device,
            Configurations = configurations,
            Others = others,
            Capabilities = ParseBos(bos, problems),
            Problems = problems,
        };
    }

    /// <summary>A binary-coded version as it is written: 0x0210 is <c>2.10</c>.</summary>
    internal static string Version(int bcd) => string.Create(CultureInfo.InvariantCulture, $"{(bcd >> 8) & 0xff:x}.{bcd & 0xff:x2}");

    internal static int ReadWord(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    /// <summary>A descriptor that no record of its own stands for.</summary>
    internal static UsbDescriptor Describe(ReadOnlySpan<byte> bytes, UsbInterfaceSetting? inside)
    {
        var layout = ClassLayouts.Find(bytes[1], inside, bytes, out var hasSubType);
        return Describe(bytes, layout, hasSubType, hasSubType ? $"Type 0x{bytes[1]:x2} subtype 0x{bytes[2]:x2}" : $"Type 0x{bytes[1]:x2}");
    }

    /// <summary>Bytes that are no descriptor.</summary>
    internal static UsbDescriptor Remainder(ReadOnlySpan<byte> bytes) =>
        new() { Name = "Remaining bytes", Type = bytes.Length > 1 ? bytes[1] : 0, Bytes = bytes.ToArray(), IsTruncated = true };

    private static UsbDescriptor Describe(ReadOnlySpan<byte> bytes, DescriptorLayout? layout, bool hasSubType, string otherwise)
    {
        var fields = new List<UsbDescriptorField>();
        var isWhole = layout?.Read(bytes[(hasSubType ? 3 : 2)..], fields) ?? true;
        return new UsbDescriptor
        {
            Name = layout?.Name ?? otherwise,
            Type = bytes[1],
            SubType = hasSubType ? bytes[2] : null,
            Fields = fields,
            Bytes = bytes.ToArray(),
            IsTruncated = !isWhole,
        };
    }

    private static UsbDeviceDescriptor? ParseDevice(ReadOnlySpan<byte> bytes, List<string> problems, out int length)
    {
        length = 0;
        if (bytes.Length < DeviceLength || bytes[0] < DeviceLength || bytes[1] != DeviceType)
        {
            if (bytes.Length > 0) problems.Add("The bytes do not begin with a device descriptor.");
            return null;
        }

        length = Math.Min(bytes[0], bytes.Length);
        return new UsbDeviceDescriptor
        {
            UsbVersion = Version(ReadWord(bytes, 2)),
            Class = (UsbClass)bytes[4],
            SubClass = bytes[5],
            Protocol = bytes[6],
            MaxPacketSize0 = bytes[7],
            VendorId = ReadWord(bytes, 8).ToString("x4", CultureInfo.InvariantCulture),
            ProductId = ReadWord(bytes, 10).ToString("x4", CultureInfo.InvariantCulture),
            DeviceVersion = Version(ReadWord(bytes, 12)),
            ManufacturerIndex = bytes[14],
            ProductIndex = bytes[15],
            SerialNumberIndex = bytes[16],
            ConfigurationCount = bytes[17],
        };
    }

    private static List<UsbConfiguration> ParseConfigurations(ReadOnlySpan<byte> bytes, DescriptorScale scale, List<UsbDescriptor> others, List<string> problems)
    {
        var configurations = new List<UsbConfiguration>();
        while (bytes.Length >= 2)
        {
            var isConfiguration = bytes[1] == ConfigurationType && bytes[0] >= ConfigurationLength && bytes.Length >= ConfigurationLength;
            var length = isConfiguration ? Math.Max(bytes[0], ReadWord(bytes, 2)) : bytes[0];
            if (length < 2 || (!isConfiguration && length > bytes.Length)) break;
            if (length > bytes.Length) problems.Add($"Configuration {bytes[5]} says it has {length} bytes, and {bytes.Length} are there.");
            var part = bytes[..Math.Min(length, bytes.Length)];
            if (isConfiguration) configurations.Add(new ConfigurationParser(scale, problems).Parse(part));
            else others.Add(Describe(part, null));
            bytes = bytes[part.Length..];
        }

        if (bytes.Length == 0) return configurations;
        problems.Add($"{bytes.Length} byte(s) behind the last descriptor are none.");
        others.Add(Remainder(bytes));
        return configurations;
    }

    private static List<UsbDescriptor> ParseBos(ReadOnlySpan<byte> bytes, List<string> problems)
    {
        var capabilities = new List<UsbDescriptor>();
        if (bytes.Length == 0) return capabilities;
        if (bytes.Length < BosLength || bytes[0] < BosLength || bytes[1] != BosType || bytes[0] > bytes.Length)
        {
            problems.Add("The binary object store does not begin with its own descriptor.");
            return [Remainder(bytes)];
        }

        var count = bytes[4];
        for (bytes = bytes[bytes[0]..]; bytes.Length > 0; bytes = bytes[bytes[0]..])
        {
            if (bytes.Length < 3 || bytes[0] < 3 || bytes[0] > bytes.Length)
            {
                problems.Add($"{bytes.Length} byte(s) at the end of the binary object store are no capability.");
                capabilities.Add(Remainder(bytes));
                break;
            }

            capabilities.Add(Capability(bytes[..bytes[0]]));
        }

        if (capabilities.Count != count) problems.Add($"The binary object store says it has {count} capabilities, and {capabilities.Count} are there.");
        return capabilities;
    }

    private static UsbDescriptor Capability(ReadOnlySpan<byte> bytes) =>
        Describe(bytes, bytes[1] == CapabilityType ? ClassLayouts.Capability(bytes[2]) : null, hasSubType: true, $"Capability 0x{bytes[2]:x2}");
}

/// <summary>What decides the units of power and time.</summary>
/// <param name="IsSuper">The device works as one of USB 3 or later.</param>
/// <param name="Speed">The speed in Mbit/s; null where it is not known.</param>
internal readonly record struct DescriptorScale(bool IsSuper, double? Speed)
{
    private const double HighSpeed = 480;

    /// <summary>The unit of bMaxPower in mA (USB 3.2, 9.6.3).</summary>
    public int PowerUnit => IsSuper ? 8 : 2;

    /// <summary>The time that bInterval means, in microseconds (USB 2.0, table 9-13).</summary>
    public double? Interval(UsbTransferType type, int interval) => (type, Speed) switch
    {
        (UsbTransferType.Control or UsbTransferType.Bulk, _) or (_, null) => null,
        _ when interval < 1 => null,
        (_, >= HighSpeed) => interval > 16 ? null : 125.0 * (1 << (interval - 1)),
        (UsbTransferType.Isochronous, _) => interval > 16 ? null : 1000.0 * (1 << (interval - 1)),
        _ => 1000.0 * interval,
    };
}
