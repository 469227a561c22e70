using System.Globalization;
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
}
