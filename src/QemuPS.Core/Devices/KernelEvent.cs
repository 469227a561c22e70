using System.Text;

namespace QemuPS.Devices;

/// <summary>
/// What the kernel tells about one of its devices (lib/kobject_uevent.c of Linux). A message is bytes from outside:
/// what is no such message is null, and no text of it steers a terminal.
/// </summary>
/// <param name="Action"><c>add</c>, <c>bind</c>, <c>change</c>, <c>remove</c>, ...</param>
/// <param name="SysfsPath">The device's folder in sysfs.</param>
/// <param name="Subsystem">The subsystem: <c>usb</c>.</param>
/// <param name="DeviceType">The kind within the subsystem: <c>usb_device</c>; null where it has none.</param>
internal sealed record KernelEvent(string Action, string SysfsPath, string Subsystem, string? DeviceType)
{
    // The kernel's own limit is 2 KiB (UEVENT_BUFFER_SIZE) and the header.
    private const int Longest = 8192;

    /// <summary>Reads a message: <c>add@/devices/...</c>, then <c>KEY=value</c>, each ended by a zero.</summary>
    public static KernelEvent? Parse(ReadOnlySpan<byte> message)
    {
        if (message.Length is 0 or > Longest || message[^1] != 0) return null;
        var parts = Encoding.UTF8.GetString(message[..^1]).Split('\0');
        var cut = parts[0].IndexOf('@', StringComparison.Ordinal);
        if (cut <= 0) return null;
        var (action, path, subsystem) = (Value(parts, "ACTION"), Value(parts, "DEVPATH"), Value(parts, "SUBSYSTEM"));
        // The header says the same as the keys; udevd's own messages begin otherwise.
        if (action is null || path is null || subsystem is null || action != parts[0][..cut] || path != parts[0][(cut + 1)..]) return null;
        return IsPath(path) && IsWord(action) ? new KernelEvent(action, "/sys" + path, subsystem, Value(parts, "DEVTYPE")) : null;
    }

    private static string? Value(string[] parts, string key)
    {
        var found = Array.Find(parts, part => part.Length > key.Length && part[key.Length] == '=' && part.StartsWith(key, StringComparison.Ordinal));
        return found is null ? null : DeviceText.Clean(found[(key.Length + 1)..]);
    }

    private static bool IsPath(string path) => path.StartsWith('/') && !path.Split('/').Any(name => name is ".." or ".");

    private static bool IsWord(string action) => action.All(char.IsAsciiLetterLower);
}
