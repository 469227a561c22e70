using System.Globalization;
using System.Text;

namespace QemuPS.Devices;

/// <summary>The kernel's messages since it started, as far as its buffer still has them.</summary>
/// <param name="Lines">The messages as dmesg prints them; null where they could not be read.</param>
/// <param name="IsForbidden">They are there and this user may not read them (sysctl kernel.dmesg_restrict).</param>
internal sealed record KernelLog(IReadOnlyList<string>? Lines, bool IsForbidden)
{
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;

    /// <summary>Reads /dev/kmsg to its end without waiting for more (Documentation/ABI/testing/dev-kmsg).</summary>
    public static KernelLog Read(SysfsRoot root)
    {
        var text = root.ReadBytes("/dev/kmsg", out var error);
        return new KernelLog(text is null ? null : [.. Parse(Encoding.UTF8.GetString(text))], error is NotPermitted or AccessDenied);
    }

    /// <summary>The messages of records: <c>6,339,5140900,-;text</c>, followed by lines that begin with a space and are no message.</summary>
    internal static IEnumerable<string> Parse(string records)
    {
        foreach (var record in records.Split('\n'))
        {
            var cut = record.IndexOf(';', StringComparison.Ordinal);
            if (cut < 0 || record.StartsWith(' ')) continue;
            var fields = record[..cut].Split(',');
            if (fields.Length < 3 || !ulong.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)) continue;
            yield return string.Create(CultureInfo.InvariantCulture, $"[{microseconds / 1000000,5}.{microseconds % 1000000:d6}] {DeviceText.Clean(record[(cut + 1)..])}");
        }
    }
}
