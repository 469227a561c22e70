using System.Collections;
using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>
/// Lets through what can be a machine's definition: JSON text, a hashtable, an object of ConvertFrom-Json, a machine of this or
/// another session. Other objects of the pipeline are left to the other parameters.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefinitionTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null || CanBe(inputData) ? inputData : throw NotMine($"'{inputData}' is no definition: give JSON text, a hashtable, or a machine.");

    internal static bool IsJson(object? item) => Unwrap(item) is string text && text.AsSpan().TrimStart() is ['{' or '[', ..];

    // The binder goes on to other parameters only when the reason is a failed cast.
    internal static ArgumentTransformationMetadataException NotMine(string message) => new(message, new PSInvalidCastException(message));

    private static bool CanBe(object item) => Unwrap(item) switch
    {
        string => IsJson(item),
        IDictionary or QemuVm or VmDefinition => true,
        PSCustomObject => IsPlain((PSObject)item),
        IEnumerable items => items.Cast<object?>().All(each => each is not null && CanBe(each)),
        _ => false,
    };

    // What another session made of a disk or a device is no machine.
    private static bool IsPlain(PSObject item) =>
        !item.TypeNames[0].StartsWith("Deserialized.", StringComparison.Ordinal)
        || item.TypeNames[0].EndsWith("QemuPS.QemuVm", StringComparison.Ordinal)
        || item.TypeNames[0].EndsWith("PSCustomObject", StringComparison.Ordinal);

    private static object? Unwrap(object? item) => item is PSObject wrapped ? wrapped.BaseObject : item;
}
