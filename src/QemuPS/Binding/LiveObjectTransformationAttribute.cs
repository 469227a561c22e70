using System.Collections;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// For parameters that take one kind of object from a pipeline of several: one that has been through a file, a job or
/// another session becomes what is there now. Everything else is left alone, so that PowerShell goes on to the other parameters.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LiveObjectTransformationAttribute(Type type) : ArgumentTransformationAttribute
{
    private const string Prefix = "Deserialized.";

    private static readonly Dictionary<Type, ArgumentTransformationAttribute> Lookups = new()
    {
        [typeof(PciDevice)] = new PciDeviceTransformationAttribute(),
        [typeof(MdevType)] = new MdevTypeTransformationAttribute(),
        [typeof(MdevDevice)] = new MdevDeviceTransformationAttribute(),
        [typeof(QemuVm)] = new VmTransformationAttribute(),
        [typeof(IommuGroup)] = new IommuGroupTransformationAttribute(),
    };

    /// <summary>The kind of object the parameter takes.</summary>
    public Type Type { get; } = type;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is null) return null;
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var items = value is IEnumerable list and not string ? list.Cast<object>().ToArray() : [inputData];
        return Array.Exists(items, IsStored) ? Lookups[Type].Transform(engineIntrinsics, items) : inputData;
    }

    private bool IsStored(object item) => PSObject.AsPSObject(item).TypeNames.Contains(Prefix + Type.FullName);
}
