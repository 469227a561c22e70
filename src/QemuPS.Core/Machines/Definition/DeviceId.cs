using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>Names of devices in a machine, by QEMU's own rule (util/id.c, id_wellformed).</summary>
internal static partial class DeviceId
{
    /// <summary>A letter, then letters, digits, '-', '.' and '_'.</summary>
    public static bool IsValid(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_.-]*\z")]
    private static partial Regex Pattern();
}
