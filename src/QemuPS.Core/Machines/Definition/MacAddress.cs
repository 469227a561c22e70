using System.Globalization;
using System.Net.NetworkInformation;
using System.Security.Cryptography;

namespace QemuPS.Machines;

/// <summary>Hardware addresses of virtual network adapters.</summary>
public static class MacAddress
{
    private const int Length = 6;

    /// <summary>A new address with the prefix that QEMU uses, 52:54:00.</summary>
    public static string New()
    {
        var random = RandomNumberGenerator.GetBytes(3);
        return string.Create(CultureInfo.InvariantCulture, $"52:54:00:{random[0]:x2}:{random[1]:x2}:{random[2]:x2}");
    }

    /// <summary>Six bytes in hexadecimal with colons, the address of one adapter and not of a group.</summary>
    public static bool IsValid(string text) => PhysicalAddress.TryParse(text, out var address) && text.Count(c => c == ':') == Length - 1 && FindFault(address) is null;

    /// <summary>Reads an address as people write it, <c>52:54:00:12:34:56</c>, <c>52-54-00-12-34-56</c> or <c>525400123456</c>, and writes it with colons.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/></exception>
    public static string Parse(string text)
    {
        if (!PhysicalAddress.TryParse(text, out var address)) throw Invalid(text, "has not the form of one");
        if (FindFault(address) is { } fault) throw Invalid(text, fault);
        return string.Join(':', address.GetAddressBytes().Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }

    // IEEE 802: the lowest bit of the first byte is that of groups. QEMU takes all zeros for none, and gives the adapter another.
    private static string? FindFault(PhysicalAddress address) => address.GetAddressBytes() switch
    {
        { Length: not Length } bytes => $"has {bytes.Length} bytes instead of {Length}",
        [var first, ..] when (first & 1) != 0 => "is the address of a group: the first byte is odd",
        var bytes when bytes.All(part => part == 0) => "is no adapter's",
        _ => null,
    };

    private static QemuException Invalid(string text, string fault) => new(ErrorId.InvalidOption, $"'{text}' cannot be a MAC address: it {fault}.", $"-MacAddress {New()}");
}
