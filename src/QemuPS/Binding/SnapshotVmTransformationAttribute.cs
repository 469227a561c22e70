using System.Collections;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Takes for a machine what stands for one, and a snapshot for the machine that it is of. Snapshots of bare images are left to the other parameters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SnapshotVmTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly VmTransformationAttribute Vm = new();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return Vm.Transform(engineIntrinsics, value is IEnumerable items and not string and not PSCustomObject ? items.Cast<object?>().Select(MachineOf).ToArray() : MachineOf(inputData));
    }

    private static object? MachineOf(object? item) =>
        item is null or string ? item : PSObject.AsPSObject(item).Properties["VmName"]?.Value is string { Length: > 0 } name ? WildcardPattern.Escape(name) : item;
}
