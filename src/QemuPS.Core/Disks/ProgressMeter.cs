using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuPS.Disks;

/// <summary>Reads what a QEMU tool prints with <c>-p</c>, <c>    (12.34/100%)</c>, and tells how long it will still take.</summary>
/// <param name="activity">What is done: "Converting web.vmdk".</param>
/// <param name="feedback">Who is told.</param>
internal sealed partial class ProgressMeter(string activity, IFeedback feedback)
{
    private const double LeastToEstimateFrom = 1;
    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _told;

    /// <summary>Takes a line of the tool's output.</summary>
    public void Read(string line)
    {
        if (Pattern().Match(line) is { Success: true } match) Report(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    /// <summary>Tells how far it is.</summary>
    /// <param name="percent">0 to 100.</param>
    public void Report(double percent)
    {
        _told = true;
        // What is reported as complete takes the bar away; that is left to End.
        var shown = Math.Min(percent, 99.99);
        feedback.Progress(new WorkProgress(activity, $"{shown.ToString("0.0", CultureInfo.InvariantCulture)} %", shown, Remaining(percent)));
    }

    /// <summary>The work has ended, well or not: the bar goes.</summary>
    public void End()
    {
        if (_told) feedback.Progress(new WorkProgress(activity, "Done", 100));
    }

    private TimeSpan? Remaining(double percent) =>
        percent < LeastToEstimateFrom ? null : Stopwatch.GetElapsedTime(_start) * ((100 - percent) / percent);

    [GeneratedRegex(@"^\s*\((\d+\.\d+)/100%\)")]
    private static partial Regex Pattern();
}
