using System.Globalization;
using System.Text;

namespace QemuPS.Machines;

/// <summary>Reads the binary PPM pictures (P6) that QEMU's <c>screendump</c> writes.</summary>
internal static class PpmImage
{
    // A cursor, and the few lines a firmware writes on a black screen, are less than this share of it.
    private const double BlankTolerance = 0.05;

    /// <summary>Whether the picture has one colour, but for less than 5 % of it.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> image)
    {
        var pixels = Pixels(image);
        if (pixels.IsEmpty) return true;
        var first = pixels[..3];
        var different = 0;
        for (var offset = 0; offset + 3 <= pixels.Length; offset += 3)
        {
            if (!pixels.Slice(offset, 3).SequenceEqual(first)) different++;
        }

        return different <= pixels.Length / 3 * BlankTolerance;
    }

    private static ReadOnlySpan<byte> Pixels(ReadOnlySpan<byte> image)
    {
        var offset = 0;
        if (NextWord(image, ref offset) != "P6") throw new InvalidDataException("Not a binary PPM picture.");
        var width = Number(NextWord(image, ref offset));
        var height = Number(NextWord(image, ref offset));
        _ = NextWord(image, ref offset);
        return image[offset..Math.Min(image.Length, offset + (width * height * 3))];
    }

    private static int Number(string word) => int.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);

    // Words are followed by one white-space byte each, the last one by the pixels.
    private static string NextWord(ReadOnlySpan<byte> image, ref int offset)
    {
        var start = offset;
        while (offset < image.Length && image[offset] is not ((byte)' ' or (byte)'\n')) offset++;
        return Encoding.ASCII.GetString(image[start..offset++]);
    }
}
