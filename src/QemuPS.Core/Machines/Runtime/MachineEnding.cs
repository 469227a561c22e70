using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>Why a machine is off that was not shut down, from what QEMU and the kernel left behind.</summary>
internal static partial class MachineEnding
{
    private const int LongestTail = 4096;
    // What file systems and clocks differ in.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>The reason in a sentence; empty where QEMU ended in order.</summary>
    /// <remarks>QEMU removes its pid file when it ends in order, also after SIGTERM; one that is left says that it was killed or crashed.</remarks>
    public static string Explain(RuntimeFolder folder, HostMoment host)
    {
        var last = LastLine(folder.Log);
        if (!folder.HasPidFile) return last is not null && SignalWords().Match(last) is { Success: true } told ? $"QEMU was ended by {told.Groups["who"].Value}" : "";

        var started = File.GetLastWriteTimeUtc(folder.PidFile);
        if (started < host.BootTime - Tolerance) return "the host was restarted while the machine ran";
        var kernel = ToldByKernel(folder, started, host) is { } message ? $", the kernel says: {message}" : "";
        return $"QEMU ended unexpectedly{kernel}" + (last is null ? "" : $", its last words: {last}");
    }

    // "Out of memory: Killed process 1234 (qemu-system-x86) ...", "qemu-system-x86[1234]: segfault at ...": the last one since it started.
    private static string? ToldByKernel(RuntimeFolder folder, DateTime started, HostMoment host)
    {
        if (ReadPid(folder.PidFile) is not { } pid) return null;
        var since = started - host.BootTime - Tolerance;
        var killed = $"Killed process {pid} (";
        var crashed = $"[{pid}]: ";
        return host.KernelMessages
            .Where(message => message.Time >= since && (message.Text.Contains(killed, StringComparison.Ordinal) || message.Text.Contains(crashed, StringComparison.Ordinal)))
            .LastOrDefault()?.Text;
    }

    private static int? ReadPid(string file) =>
        int.TryParse(File.ReadAllText(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    private static string? LastLine(string log)
    {
        if (!File.Exists(log)) return null;
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Seek(-Math.Min(LongestTail, file.Length), SeekOrigin.End);
        var tail = new byte[LongestTail];
        var text = Encoding.UTF8.GetString(tail, 0, file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false));
        return text.Split('\n').LastOrDefault(line => line.Trim().Length > 0)?.Trim();
    }

    // qemu-system-x86_64: terminating on signal 15 from pid 1234 (bash)
    [GeneratedRegex(@": terminating on (?<who>signal \d+( from pid \d+)?( \([^)]+\))?)")]
    private static partial Regex SignalWords();
}
