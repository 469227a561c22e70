using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// For cmdlets that take machines and USB devices from one pipeline: leaves alone what is meant for the other
/// parameter, so that PowerShell goes on to that, and does the usual with everything else.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EitherTransformationAttribute(bool takesVm) : ArgumentTransformationAttribute
{
    private static readonly VmTransformationAttribute Vm = new();
    private static readonly UsbDeviceTransformationAttribute Device = new();

    /// <summary>The parameter takes machines; else it takes devices.</summary>
    public bool TakesVm { get; } = takesVm;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var isDevice = inputData is not null && PSObject.AsPSObject(inputData).TypeNames.Any(type => type.EndsWith("QemuPS.UsbDevice", StringComparison.Ordinal));
        var isVm = inputData is not null && PSObject.AsPSObject(inputData).TypeNames.Any(type => type.EndsWith("QemuPS.QemuVm", StringComparison.Ordinal));
        if (TakesVm ? isDevice : isVm) return inputData;
        return TakesVm ? Vm.Transform(engineIntrinsics, inputData) : Device.Transform(engineIntrinsics, inputData);
    }
}
