using System.Collections.Concurrent;
using System.Diagnostics;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// How busy machines were since somebody in this process looked last, as a share of their virtual processors. Whoever
/// looks for the first time learns the average since QEMU started: a look must not take a second to compare with.
/// </summary>
internal static class ProcessorUsage
{
    // What is nearer says more of the kernel's clock ticks (10 ms) than of the machine.
    private static readonly TimeSpan ShortestSpan = TimeSpan.FromMilliseconds(200);
    private static readonly ConcurrentDictionary<string, Look> Looks = new(StringComparer.Ordinal);

    /// <summary>The share of the machine's virtual processors that QEMU used, in percent, 0 to 100.</summary>
    /// <param name="machine">What the look is kept under: the machine's runtime folder.</param>
    /// <param name="process">Its process now.</param>
    /// <param name="uptime">How long it has been running.</param>
    /// <param name="processors">Its virtual processors.</param>
    public static int Since(string machine, ProcessStatus process, TimeSpan uptime, int processors)
    {
        var now = new Look(process.StartTime, process.ProcessorTime, Stopwatch.GetTimestamp());
        var before = Looks.TryGetValue(machine, out var last) && last.StartTime == now.StartTime ? last : null;
        var span = before is null ? uptime : Stopwatch.GetElapsedTime(before.Timestamp, now.Timestamp);
        if (before is not null && span < ShortestSpan) return before.Percent;
        now.Percent = Percent(process.ProcessorTime - (before?.ProcessorTime ?? TimeSpan.Zero), span, processors);
        Looks[machine] = now;
        return now.Percent;
    }

    /// <summary>Forgets a machine that does not run.</summary>
    public static void Forget(string machine) => Looks.TryRemove(machine, out _);

    /// <summary>Processor time over a span as a share of virtual processors.</summary>
    public static int Percent(TimeSpan processorTime, TimeSpan span, int processors) =>
        span <= TimeSpan.Zero ? 0 : (int)Math.Clamp(Math.Round(100 * (processorTime / span) / processors), 0, 100);

    private sealed record Look(TimeSpan StartTime, TimeSpan ProcessorTime, long Timestamp)
    {
        public int Percent { get; set; }
    }
}
