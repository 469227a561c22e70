using System.Text.RegularExpressions;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>
/// Takes from a command line what depends on the host and is not compared: who executes the guest, windows, terminals,
/// sockets, ports. It is done to the original and to ours in the same way.
/// </summary>
internal static partial class HereAdaptation
{
    private static readonly HashSet<string> DroppedFlags = new(StringComparer.Ordinal) { "-enable-kvm", "-daemonize", "-nographic", "-full-screen", "-s", "-S", "-no-user-config" };

    private static readonly HashSet<string> DroppedOptions = new(StringComparer.Ordinal) { "-accel", "-display", "-vnc", "-monitor", "-qmp", "-gdb", "-pidfile", "-D", "-sandbox" };

    public static IReadOnlyList<string> Adapt(IReadOnlyList<string> words)
    {
        var adapted = new List<string>();
        for (var index = 0; index < words.Count; index++)
        {
            var word = words[index].StartsWith("--", StringComparison.Ordinal) ? words[index][1..] : words[index];
            if (DroppedFlags.Contains(word)) continue;
            if (DroppedOptions.Contains(word)) index++;
            else adapted.Add(adapted.Count > 0 && adapted[^1].StartsWith('-') ? Value(adapted[^1], words[index]) : word);
        }

        adapted.RemoveAll(word => word == Nothing);
        return [.. adapted, "-accel", "tcg", "-display", "none", "-S", "-qmp", "stdio"];
    }

    private const string Nothing = "\0";

    private static string Value(string option, string value) => option switch
    {
        "-machine" or "-M" => KvmProperty().Replace(value, "") is { Length: > 0 } rest ? rest.TrimStart(',') : "dump-guest-core=on",
        "-cpu" => Host().Replace(value, "max"),
        "-serial" or "-debugcon" => value is "stdio" or "mon:stdio" ? "null" : value,
        "-chardev" => Terminal().Replace(value, "null,id=$1"),
        "-netdev" or "-nic" or "-net" => Port().Replace(value, "${1}0-"),
        _ => value,
    };

    [GeneratedRegex(@"(^|,)(accel=[^,]*|kernel-irqchip=[^,]*)")]
    private static partial Regex KvmProperty();

    [GeneratedRegex(@"^host\b")]
    private static partial Regex Host();

    [GeneratedRegex(@"^(?:stdio|socket),(?:.*,)?id=([^,]+).*$")]
    private static partial Regex Terminal();

    [GeneratedRegex("""((?:hostfwd=|"str":")(?:tcp|udp)?:[^:,]*:)\d+-""")]
    private static partial Regex Port();
}
