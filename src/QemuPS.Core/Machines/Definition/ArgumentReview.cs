using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>What raw arguments for QEMU may do, for who gets them from a stranger.</summary>
internal static partial class ArgumentReview
{
    /// <summary>A sentence for each option, its value beside it.</summary>
    public static IEnumerable<string> Find(IReadOnlyList<string> arguments)
    {
        for (var index = 0; index < arguments.Count; index++)
        {
            var text = arguments[index];
            while (index + 1 < arguments.Count && !arguments[index + 1].StartsWith('-')) text += $" {arguments[++index]}";
            yield return Describe(text);
        }
    }

    private static string Describe(string text) =>
        Programs().IsMatch(text) ? $"QEMU is told what may start a program: {text}"
        : Network().IsMatch(text) ? $"QEMU is told to speak with other hosts, or to let them in: {text}"
        : $"QEMU is told: {text}";

    // Scripts and helpers of -netdev, migration from a command, plug-ins, pipes, other configurations (qemu(1)).
    [GeneratedRegex(@"script=|helper=|command=|exec:|cmd:|\bpipe\b|^-plugin|\.so\b|^-readconfig|^-incoming|smb=|guestfwd", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Programs();

    // Displays, debuggers, monitors and character devices at an address that is not this host's own (qemu(1)); -s is -gdb tcp::1234.
    [GeneratedRegex(
        @"^--?(?:vnc\s+|display\s+vnc=)(?!unix:|none\b|127\.|localhost\b|\[?::1)" +
        @"|^--?spice\s(?!.*\bunix(?:=on|=yes)?(?:,|$))(?!.*\baddr=(?:127\.|localhost\b|::1)).*\bport=" +
        @"|^--?s$" +
        @"|\b(?:tcp|telnet|tn3270|websocket|ws|udp):(?!127\.|localhost\b|\[?::1)" +
        @"|^--?chardev\s+(?:socket|udp),(?!.*\bhost=(?:127\.|localhost\b|::1)).*\bport=" +
        @"|\b(?:listen|connect|mcast)=(?!127\.|localhost\b|\[?::1)" +
        @"|""type"":\s*""inet""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Network();
}
