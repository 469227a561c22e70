using System.Globalization;
using System.Text;

namespace QemuPS.Devices;

/// <summary>
/// The host's keyboards and mice, as /proc/bus/input/devices lists them. What counts as which is decided by the
/// events they can send, the way udev's input_id does.
/// </summary>
internal static class InputDevices
{
    private const int RelativeAxes = 2;
    private const int AbsoluteAxes = 3;
    private const int LeftButton = 0x110;

    // Escape to D: a device that has them all is for typing; a power button or a remote control has not.
    private const ulong TypingKeys = 0xfffffffe;

    /// <summary>All input devices of the host.</summary>
    public static IReadOnlyList<InputDevice> Read(SysfsRoot root) =>
        root.ReadBytes("/proc/bus/input/devices") is { } text ? [.. Parse(Encoding.UTF8.GetString(text))] : [];

    internal static IEnumerable<InputDevice> Parse(string text)
    {
        foreach (var block in text.Split("\n\n"))
        {
            var lines = block.Split('\n');
            if (Value(lines, "S: Sysfs=") is not { } path) continue;
            var keys = Bits(lines, "KEY");
            var events = Bits(lines, "EV");
            var moves = (Has(events, RelativeAxes) && HasBothAxes(Bits(lines, "REL"))) || (Has(events, AbsoluteAxes) && HasBothAxes(Bits(lines, "ABS")));
            yield return new InputDevice(
                "/sys" + path,
                IsKeyboard: keys.Length > 0 && (keys[0] & TypingKeys) == TypingKeys,
                IsMouse: moves && Has(keys, LeftButton))
            {
                Node = Value(lines, "H: Handlers=")?.Split(' ').FirstOrDefault(name => name.StartsWith("event", StringComparison.Ordinal)) is { } name
                    ? $"/dev/input/{DeviceText.Clean(name)}"
                    : null,
            };
        }
    }

    private static bool HasBothAxes(ulong[] axes) => Has(axes, 0) && Has(axes, 1);

    private static bool Has(ulong[] bits, int number) => number / 64 < bits.Length && (bits[number / 64] >> (number % 64) & 1) == 1;

    // "B: KEY=e080ffdf01cfffff fffffffffffffffe": words of 64 bits, the highest first.
    private static ulong[] Bits(string[] lines, string name)
    {
        var words = Value(lines, $"B: {name}=")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var bits = Array.ConvertAll(words, word => ulong.TryParse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0);
        Array.Reverse(bits);
        return bits;
    }

    private static string? Value(string[] lines, string key) =>
        Array.Find(lines, line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..];
}

/// <summary>One input device of the host.</summary>
/// <param name="SysfsPath">Its folder in sysfs, below the device it belongs to.</param>
/// <param name="IsKeyboard">It can type letters.</param>
/// <param name="IsMouse">It moves a pointer and clicks.</param>
internal sealed record InputDevice(string SysfsPath, bool IsKeyboard, bool IsMouse)
{
    /// <summary>The node its events are read from: <c>/dev/input/event3</c>; null where it has none.</summary>
    public string? Node { get; init; }

    /// <summary>It belongs to the device with that folder in sysfs.</summary>
    public bool IsBelow(string sysfsPath) => SysfsPath.StartsWith(sysfsPath + "/", StringComparison.Ordinal);
}
