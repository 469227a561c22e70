using System.Management.Automation;
using QemuPS.Processes;

namespace QemuPS.Binding;

/// <summary>For a machine's name: of a thing that a machine has, and that has a name of its own as a snapshot does, the machine's is taken.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OwnerNameTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null or string || PSObject.AsPSObject(inputData) is not { } item || item.BaseObject is string) return inputData;
        if (item.Properties["VmName"] is { Value: string { Length: > 0 } name }) return WildcardPattern.Escape(name);
        if (item.BaseObject is QemuSnapshot snapshot) throw new ArgumentTransformationMetadataException($"The snapshot '{snapshot}' is of '{snapshot.DiskPath}' alone and not of a machine. Try: Restore-QemuSnapshot {ShellQuoting.PowerShell(snapshot.DiskPath ?? "PATH")} {ShellQuoting.PowerShell(snapshot.Name)}");
        return inputData;
    }
}
