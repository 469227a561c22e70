using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Binding;

/// <summary>Completes what tells USB devices apart with the values of those that are plugged in.</summary>
public sealed class UsbDeviceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var withHubs = fakeBoundParameters?.Contains("IncludeHub") ?? false;
        var devices = UsbDevices.Read(SysfsRoot.FromEnvironment()).Where(device => withHubs || !device.IsHub);
        var values = from device in devices
                     let value = ValueOf(device, parameterName)
                     where !string.IsNullOrEmpty(value)
                     select (value, parameterName == "Name" ? device.BusId : device.Name);
        return Completions.Of(values, wordToComplete);
    }

    private static string? ValueOf(UsbDevice device, string parameterName) => parameterName switch
    {
        "VendorId" => device.VendorId,
        "ProductId" => device.ProductId,
        "SerialNumber" => device.SerialNumber,
        "Port" => device.Port,
        "BusNumber" => device.BusNumber.ToString(CultureInfo.InvariantCulture),
        "DeviceNumber" => device.DeviceNumber.ToString(CultureInfo.InvariantCulture),
        _ => device.Name,
    };
}
