using System.Collections;
using System.Management.Automation;
using QemuPS.Devices;
using QemuPS.Devices.Mdev;

namespace QemuPS.Binding;

/// <summary>Takes types of mediated devices as objects, and as what is left of them behind a file, a job or another session.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MdevTypeTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null ? null : MdevObjects.Items(inputData).Select(ToType).ToArray();

    private static MdevType ToType(PSObject item)
    {
        if (item.BaseObject is MdevType type) return type;
        var (parent, id) = (item.Properties["Parent"]?.Value?.ToString(), item.Properties["Id"]?.Value?.ToString());
        return MdevTypes.Read(SysfsRoot.FromEnvironment()).FirstOrDefault(each => each.Parent == parent && each.Id == id)
            ?? throw new ArgumentTransformationMetadataException($"There is no type of mediated device '{item}' now: pipe one from Get-MdevType.");
    }
}

/// <summary>Takes mediated devices as objects, as UUIDs, and as what is left of them behind a file, a job or another session.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MdevDeviceTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null ? null : MdevObjects.Items(inputData).Select(ToDevice).ToArray();

    private static MdevDevice ToDevice(PSObject item)
    {
        if (item.BaseObject is MdevDevice device) return device;
        var uuid = item.BaseObject is string or Guid ? item.BaseObject.ToString() : item.Properties["Uuid"]?.Value?.ToString();
        var address = item.Properties["Address"]?.Value?.ToString();
        var wanted = Guid.TryParse(uuid, out var id) ? id : (Guid?)null;
        return MdevDevices.Read(SysfsRoot.FromEnvironment()).FirstOrDefault(each => wanted is not null ? each.Uuid == wanted : address is { Length: > 0 } && each.Address == address)
            ?? throw new ArgumentTransformationMetadataException($"There is no mediated device '{item}' now: Get-MdevDevice shows those there are.");
    }
}

internal static class MdevObjects
{
    public static IEnumerable<PSObject> Items(object input)
    {
        var value = input is PSObject wrapped ? wrapped.BaseObject : input;
        return (value is IEnumerable list and not string ? list.Cast<object>() : [input]).Select(PSObject.AsPSObject);
    }
}
