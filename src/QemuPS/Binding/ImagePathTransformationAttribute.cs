using System.Collections;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// Takes for an image whatever has one: an object with the property DiskPath (a snapshot, a machine's disk), also one that
/// has been through a file or a job. Everything else stays as it is.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ImagePathTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            null or string or FileSystemInfo => inputData,
            IEnumerable items and not PSCustomObject => items.Cast<object?>().Select(PathOf).ToArray(),
            _ => PathOf(inputData),
        };
    }

    private static object? PathOf(object? item) =>
        item is null or string ? item : PSObject.AsPSObject(item).Properties["DiskPath"]?.Value as string ?? item;
}
