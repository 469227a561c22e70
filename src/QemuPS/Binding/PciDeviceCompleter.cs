using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;
using QemuPS.Devices.Pci;

namespace QemuPS.Binding;

/// <summary>Completes what tells PCI devices apart with the values of those the host has.</summary>
public sealed class PciDeviceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var values = from device in PciDevices.Read(SysfsRoot.FromEnvironment())
                     let value = ValueOf(device, parameterName)
                     where !string.IsNullOrEmpty(value)
                     select (value, parameterName is "Name" or "Driver" ? device.Address : device.Name);
        return Completions.Of(values.DistinctBy(each => each.value), wordToComplete);
    }

    private static string? ValueOf(PciDevice device, string parameterName) => parameterName switch
    {
        "VendorId" => device.VendorId,
        "DeviceId" => device.DeviceId,
        "Driver" => device.Driver,
        "Name" => device.Name,
        _ => device.Address,
    };
}
