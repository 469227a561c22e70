using System.Collections;
using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>
/// Takes for a machine whatever stands for one: the object, its name or a pattern, its id, or an object that has
/// been through a file, a job or another session.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class VmTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        try
        {
            // What is no machine is left to the binder, which has other parameters to try.
            return inputData is null || !Items(inputData).All(IsMachine) ? inputData : Items(inputData).SelectMany(ToVms).ToArray();
        }
        catch (QemuException error)
        {
            throw new ArgumentTransformationMetadataException(error.Message, error);
        }
    }

    private static IEnumerable<object> Items(object input)
    {
        var value = input is PSObject wrapped ? wrapped.BaseObject : input;
        return value is IEnumerable list and not string ? list.Cast<object>() : [input];
    }

    private static IEnumerable<QemuVm> ToVms(object item)
    {
        var value = item is PSObject wrapped ? wrapped.BaseObject : item;
        return value switch
        {
            QemuVm vm => [vm],
            string text => Read(MachineSelection.NamedOrIdentified(text)),
            Guid id => Read([MachineSelection.WithId(id)]),
            _ => Read(MachineSelection.Named(WildcardPattern.Escape(NameOf(item)!))),
        };
    }

    private static bool IsMachine(object item) =>
        (item is PSObject wrapped ? wrapped.BaseObject : item) is QemuVm or string or Guid || NameOf(item) is not null;

    private static string? NameOf(object item) =>
        PSObject.AsPSObject(item) is { } wrapped && wrapped.TypeNames.Any(type => type.EndsWith("QemuPS.QemuVm", StringComparison.Ordinal))
            ? wrapped.Properties["Name"]?.Value as string
            : null;

    private static IEnumerable<QemuVm> Read(IReadOnlyList<Machine> machines) =>
        MachineListing.ReadAsync(machines, CancellationToken.None).ToBlockingEnumerable().Select(reading => reading.Vm ?? throw reading.Error!);
}
