using System.Globalization;

namespace QemuPS.Processes;

/// <summary>What the kernel tells of a running process (/proc/PID/stat, proc_pid_stat(5)).</summary>
/// <param name="State">The kernel's letter: R, S, D, T (stopped by a signal), t (traced), Z.</param>
/// <param name="ProcessorTime">The time all its threads have run.</param>
/// <param name="StartTime">When it started, since the host did. With the process id it tells one process from all others since then.</param>
/// <param name="ResidentBytes">How much of it is in the host's memory.</param>
public readonly record struct ProcessStatus(char State, TimeSpan ProcessorTime, TimeSpan StartTime, ulong ResidentBytes)
{
    // USER_HZ: the kernel shows times to programs in these units on every architecture that .NET runs on.
    private const int TicksPerSecond = 100;
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int Start = 19;
    private const int ResidentPages = 21;

    /// <summary>It does nothing until somebody continues it: a signal or a debugger holds it.</summary>
    public bool IsStopped => State is 'T' or 't';

    /// <summary>How long it has been running.</summary>
    /// <param name="hostUptime">How long the host has been running.</param>
    public TimeSpan UptimeAt(TimeSpan hostUptime) => hostUptime > StartTime ? hostUptime - StartTime : TimeSpan.Zero;

    /// <summary>Looks at a process; null when there is none of that number, or it has ended and waits for its parent to notice.</summary>
    public static ProcessStatus? TryRead(int processId)
    {
        try
        {
            var status = Parse(File.ReadAllText($"/proc/{processId}/stat"));
            return status.State is 'Z' or 'X' ? null : status;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The program's name is in parentheses and may have any character in it, parentheses as well.
    internal static ProcessStatus Parse(string text)
    {
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStatus(fields[0][0], Time(fields[UserTime]) + Time(fields[SystemTime]), Time(fields[Start]), Number(fields[ResidentPages]) * (ulong)Environment.SystemPageSize);
    }

    private static TimeSpan Time(string ticks) => TimeSpan.FromSeconds((double)Number(ticks) / TicksPerSecond);

    private static ulong Number(string digits) => ulong.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
