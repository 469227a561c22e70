using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Core's progress as PowerShell's.</summary>
internal static class ProgressRecords
{
    /// <summary>The progress as a record of an activity.</summary>
    public static ProgressRecord ToRecord(this WorkProgress progress, int activityId) => new(activityId, progress.Activity, progress.Status)
    {
        PercentComplete = progress.Percent < 0 ? -1 : (int)Math.Min(100, progress.Percent),
        SecondsRemaining = progress.Remaining is { } remaining ? (int)remaining.TotalSeconds : -1,
        RecordType = progress.Percent >= 100 ? ProgressRecordType.Completed : ProgressRecordType.Processing,
    };
}
