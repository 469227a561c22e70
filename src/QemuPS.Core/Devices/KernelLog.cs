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

    /// <summary>The messages with their times; none where they could not be read.</summary>
    public static IReadOnlyList<KernelMessage> ReadMessages(SysfsRoot root) =>
        root.ReadBytes("/dev/kmsg", out _) is { } text ? [.. ParseMessages(Encoding.UTF8.GetString(text))] : [];

    /// <summary>The messages of records as dmesg prints them.</summary>
    internal static IEnumerable<string> Parse(string records) => ParseMessages(records).Select(message => message.ToString());

    /// <summary>The messages of records: <c>6,339,5140900,-;text</c>, followed by lines that begin with a space and are no message.</summary>
    private static IEnumerable<KernelMessage> ParseMessages(string records)
    {
        foreach (var record in records.Split('\n'))
        {
            var cut = record.IndexOf(';', StringComparison.Ordinal);
            if (cut < 0 || record.StartsWith(' ')) continue;
            var fields = record[..cut].Split(',');
            if (fields.Length < 3 || !long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)) continue;
            yield return new KernelMessage(microseconds, DeviceText.Clean(record[(cut + 1)..]));
        }
    }
}

/// <summary>A message of the kernel.</summary>
/// <param name="Microseconds">When it was said, since the host started.</param>
/// <param name="Text">What it says.</param>
internal sealed record KernelMessage(long Microseconds, string Text)
{
    /// <summary>When it was said, since the host started.</summary>
    public TimeSpan Time => Microseconds <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond ? TimeSpan.FromTicks(Microseconds * TimeSpan.TicksPerMicrosecond) : TimeSpan.MaxValue;

    /// <summary>The message as dmesg prints it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Microseconds / 1000000,5}.{Microseconds % 1000000:d6}] {Text}");
}
