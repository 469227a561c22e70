using System.Globalization;

namespace QemuPS;

/// <summary>Sizes as people read them, in powers of 1024 with the units <c>qemu-img info</c> prints.</summary>
public static class SizeText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>The size with at most three digits that matter: <c>20 GiB</c>, <c>1.5 GiB</c>, <c>196 KiB</c>.</summary>
    public static string From(ulong bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1023.5 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var format = value < 10 ? "0.##" : value < 100 ? "0.#" : "0";
        return value.ToString(format, CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
