using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Takes for a snapshot its name, the object, or one that has been through a file, a job or another session. What is no snapshot is left to the other parameters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class QemuSnapshotTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            null or QemuSnapshot => inputData,
            string { Length: > 0 } name => new QemuSnapshot { Name = name },
            _ => Stored(PSObject.AsPSObject(inputData)) ?? inputData,
        };

    // JSON has no types: what has these members is one.
    private static QemuSnapshot? Stored(PSObject item) =>
        item.Properties["Name"]?.Value is string { Length: > 0 } name && item.Properties["DiskPaths"] is not null && item.Properties["VmStateSizeBytes"] is not null
            ? new QemuSnapshot { Name = name, VmName = item.Properties["VmName"]?.Value as string }
            : null;
}
