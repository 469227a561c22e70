using System.Globalization;

namespace QemuPS.Devices.Pci;

/// <summary>
/// A function's place, as the kernel writes it: <c>0000:01:00.0</c>. The domain has four hexadecimal digits or more
/// (VMD's and Hyper-V's are above ffff).
/// </summary>
internal readonly record struct PciAddress(uint Domain, byte Bus, byte Device, byte Function) : IComparable<PciAddress>
{
    private const int HighestDevice = 31;
    private const int HighestFunction = 7;

    /// <summary>Reads an address, with its domain or without (<c>01:00.0</c>, as lspci shows it); null for every other text.</summary>
    public static PciAddress? Parse(ReadOnlySpan<char> text)
    {
        var dot = text.LastIndexOf('.');
        if (dot < 0 || Hex(text[(dot + 1)..], 1, HighestFunction) is not { } function) return null;
        var place = text[..dot];
        var last = place.LastIndexOf(':');
        if (last < 0 || Hex(place[(last + 1)..], 2, HighestDevice) is not { } device) return null;
        var before = place[..last];
        var first = before.LastIndexOf(':');
        if (Hex(before[(first + 1)..], 2, byte.MaxValue) is not { } bus) return null;
        var domain = 0u;
        if (first >= 0 && (first < 4 || !uint.TryParse(before[..first], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out domain))) return null;
        return new PciAddress(domain, (byte)bus, (byte)device, (byte)function);
    }

    /// <summary>The address of the function a folder of sysfs belongs to: the last one on its path; null where there is none.</summary>
    public static string? Nearest(string sysfsPath)
    {
        var rest = sysfsPath.AsSpan();
        while (rest.Length > 0)
        {
            var cut = rest.LastIndexOf('/');
            var name = rest[(cut + 1)..];
            if (name.Length >= "0000:00:00.0".Length && Parse(name) is not null) return name.ToString();
            if (cut < 0) break;
            rest = rest[..cut];
        }

        return null;
    }

    /// <inheritdoc/>
    public int CompareTo(PciAddress other) => Key.CompareTo(other.Key);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Domain:x4}:{Bus:x2}:{Device:x2}.{Function:x}");

    private ulong Key => ((ulong)Domain << 16) | ((ulong)Bus << 8) | ((ulong)Device << 3) | Function;

    private static int? Hex(ReadOnlySpan<char> digits, int length, int highest) =>
        digits.Length == length && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number <= highest ? number : null;
}
