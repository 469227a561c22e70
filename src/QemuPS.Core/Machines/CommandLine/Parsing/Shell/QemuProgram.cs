using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>Finds the program in a command, behind what people put before it.</summary>
internal static partial class QemuProgram
{
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "sudo", "doas", "pkexec", "exec", "env", "nohup", "setsid", "nice", "ionice", "chrt", "taskset", "numactl", "time",
        "timeout", "command", "strace", "systemd-run", "firejail", "ip", "unshare", "primusrun", "optirun",
    };

    /// <summary>The position of the program in a command's words; less than 0 where QEMU is not what it starts.</summary>
    public static int Find(IReadOnlyList<ScriptWord> words)
    {
        if (words.Count == 0) return -1;
        if (IsQemu(words[0].Text)) return 0;
        if (!Wrappers.Contains(Path.GetFileName(words[0].Text))) return -1;
        return words.ToList().FindIndex(word => IsQemu(word.Text));
    }

    /// <summary>The word is the name of a QEMU that emulates a system.</summary>
    public static bool IsQemu(string word) => Name().IsMatch(Path.GetFileName(word));

    /// <summary>The architecture by QEMU's name. The short names have always meant a PC.</summary>
    public static string ArchitectureOf(string program)
    {
        var name = Path.GetFileName(program);
        const string prefix = "qemu-system-";
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..].Split('-', '.')[0] : "x86_64";
    }

    /// <summary>The program turns KVM on by itself, as the wrappers of distributions do.</summary>
    public static bool ImpliesKvm(string program) => Path.GetFileName(program) is "kvm" or "qemu-kvm";

    [GeneratedRegex(@"^(qemu-system-[a-z0-9_]+(-microvm|-spice)?(\.exe)?|qemu-kvm|kvm|qemu)$")]
    private static partial Regex Name();
}
