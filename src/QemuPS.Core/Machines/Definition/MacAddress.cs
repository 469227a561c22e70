using System.Globalization;
using System.Net.NetworkInformation;
using System.Security.Cryptography;

namespace QemuPS.Machines;

/// <summary>Hardware addresses of virtual network adapters.</summary>
public static class MacAddress
{
    /// <summary>A new address with the prefix that QEMU uses, 52:54:00.</summary>
    public static string New()
    {
        var random = RandomNumberGenerator.GetBytes(3);
        return string.Create(CultureInfo.InvariantCulture, $"52:54:00:{random[0]:x2}:{random[1]:x2}:{random[2]:x2}");
    }

    /// <summary>Six bytes in hexadecimal with colons, the address of one adapter and not of a group.</summary>
    public static bool IsValid(string text) => PhysicalAddress.TryParse(text, out var address)
        && text.Count(c => c == ':') == 5 && address.GetAddressBytes() is { Length: 6 } bytes && (bytes[0] & 1) == 0;
}
