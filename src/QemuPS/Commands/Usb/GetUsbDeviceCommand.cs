using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Get-UsbDevice</c>: shows the USB devices that are plugged into this host.</summary>
[Cmdlet(VerbsCommon.Get, "UsbDevice")]
[OutputType(typeof(UsbDevice))]
public sealed class GetUsbDeviceCommand : QemuCommand
{
    private IReadOnlyList<UsbDevice> _devices = [];

    /// <summary>Names; wildcards are resolved. The device's own name and the manufacturer in front of a name are found too.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Vendor numbers in hexadecimal: '046d'.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [HexIdTransformation]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? VendorId { get; set; }

    /// <summary>Product numbers in hexadecimal: 'c31c'.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [HexIdTransformation]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? ProductId { get; set; }

    /// <summary>Serial numbers; wildcards are resolved.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? SerialNumber { get; set; }

    /// <summary>Bus numbers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public int[]? BusNumber { get; set; }

    /// <summary>Device numbers, the addresses on the bus.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public int[]? DeviceNumber { get; set; }

    /// <summary>Ports on the way from the root hub: '1.2'.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? Port { get; set; }

    /// <summary>What the device, or one of its interfaces, is for.</summary>
    [Parameter]
    public UsbClass[]? Class { get; set; }

    /// <summary>Shows hubs and root hubs as well.</summary>
    [Parameter]
    public SwitchParameter IncludeHub { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _devices = MachineUsb.WithMachines(UsbDevices.Read(SysfsRoot.FromEnvironment()), VmStore.Open()));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var wanted = _devices.Where(IsWanted).ToList();
        if (Name.Length == 0) WriteObject(wanted, enumerateCollection: true);
        foreach (var name in Name) ForItem(name, () => WriteObject(Named(name, wanted), enumerateCollection: true));
    }

    private static List<UsbDevice> Named(string name, List<UsbDevice> devices)
    {
        // A name may hold brackets: as a pattern it would not find itself, or be no pattern at all.
        var exact = devices.FindAll(device => NamesOf(device).Contains(name, StringComparer.OrdinalIgnoreCase));
        if (exact.Count > 0) return exact;
        if (WildcardPattern.ContainsWildcardCharacters(name))
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            return devices.FindAll(device => NamesOf(device).Any(pattern.IsMatch));
        }

        throw new QemuException(
            ErrorId.UsbDeviceNotFound,
            $"No USB device named '{name}' is plugged in, or the other parameters leave it out.",
            $"Get-UsbDevice '*{name.Replace("'", "''", StringComparison.Ordinal)}*'");
    }

    private static IEnumerable<string> NamesOf(UsbDevice device)
    {
        yield return device.Name;
        if (device.Product is not null) yield return device.Product;
        if (device.Manufacturer is not null) yield return $"{device.Manufacturer} {device.Name}";
    }

    private bool IsWanted(UsbDevice device) =>
        (IncludeHub || !device.IsHub)
        && Fits(VendorId, device.VendorId)
        && Fits(ProductId, device.ProductId)
        && (SerialNumber is null || SerialNumber.Any(serial => IsLike(device.SerialNumber, serial)))
        && Fits(BusNumber, device.BusNumber)
        && Fits(DeviceNumber, device.DeviceNumber)
        && Fits(Port, device.Port)
        && (Class is null || Class.Contains(device.Class) || device.Interfaces.Any(each => Class.Contains(each.Class)));

    private static bool IsLike(string? value, string pattern) =>
        value is not null && (value == pattern || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(value));

    private static bool Fits<T>(T[]? wanted, T? value) => wanted is null || wanted.Contains(value);
}
