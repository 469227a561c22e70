using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Takes what <see cref="SizeTransformationAttribute"/> takes, and text with a plus sign for an increment: <c>'+5GB'</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DiskSizeTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly SizeTransformationAttribute Size = new();

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            null => null,
            DiskSize size => size,
            string text when text.TrimStart().StartsWith('+') => new DiskSize((ulong)Size.Transform(engineIntrinsics, text.TrimStart()[1..])!, IsIncrement: true),
            _ => new DiskSize((ulong)Size.Transform(engineIntrinsics, value)!, IsIncrement: false),
        };
    }
}
