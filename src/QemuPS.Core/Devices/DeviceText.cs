using System.Globalization;
using System.Text;

namespace QemuPS.Devices;

/// <summary>
/// Text that a device or a file brings along. A device can call itself anything, terminal escapes included,
/// so nothing of it is shown before it went through here.
/// </summary>
internal static class DeviceText
{
    /// <summary>
    /// The text without spaces around it. What is not UTF-8, and every character that steers a terminal or the
    /// direction of writing instead of being seen, becomes U+FFFD.
    /// </summary>
    public static string Clean(ReadOnlySpan<byte> text) => Clean(Encoding.UTF8.GetString(TrimEnd(text)));

    /// <summary>The same for text that is decoded already.</summary>
    public static string Clean(string text)
    {
        var trimmed = text.Trim(' ');
        if (!trimmed.AsSpan().ContainsAnyExceptInRange(' ', '~')) return trimmed;

        var clean = new StringBuilder(trimmed.Length);
        foreach (var rune in trimmed.EnumerateRunes()) clean.Append(IsSeen(rune) ? rune.ToString() : "\ufffd");
        return clean.ToString();
    }

    private static bool IsSeen(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);

    // The kernel ends an attribute with a newline, a recording does not; firmware likes to pad with zeros.
    private static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text) => text.TrimEnd("\n\0"u8);
}
