using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Get-UsbDevice</c>: shows the USB devices that are plugged into this host.</summary>
[Cmdlet(VerbsCommon.Get, "UsbDevice", DefaultParameterSetName = "Name")]
[OutputType(typeof(UsbDevice))]
public sealed class GetUsbDeviceCommand : QemuCommand
{
    private readonly List<UsbDevice> _tree = [];
    private SysfsRoot _root = new();
    private IReadOnlyList<UsbDevice> _devices = [];

    /// <summary>Names; wildcards are resolved. The device's own name and the manufacturer in front of a name are found too.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
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

    /// <summary>Ports on the way from the root hub, '1.2', on one bus, '1-1.2', or on any; wildcards are resolved.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? Port { get; set; }

    /// <summary>What the device, or one of its interfaces, is for.</summary>
    [Parameter]
    public UsbClass[]? Class { get; set; }

    /// <summary>Shows hubs and root hubs as well.</summary>
    [Parameter]
    public SwitchParameter IncludeHub { get; set; }

    /// <summary>Adds what the device says about itself: Descriptors and Configurations, as 'lsusb -v' shows them.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Shows the hubs that the devices are plugged into above them, as a tree.</summary>
    [Parameter]
    public SwitchParameter Tree { get; set; }

    /// <summary>Devices that were given to machines, from Get-VmUsbPassthrough: the device of each is looked up.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Passthrough", ValueFromPipeline = true)]
    [ValidateNotNull]
    public VmUsbPassthrough[] Passthrough { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () =>
    {
        _root = SysfsRoot.FromEnvironment();
        _devices = MachineUsb.WithMachines(UsbDevices.Read(_root), VmStore.Open());
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var wanted = _devices.Where(IsWanted).ToList();
        if (ParameterSetName == "Passthrough")
        {
            Write(wanted.FindAll(device => Passthrough.Any(each => each.Match.Fits(device))));
            return;
        }

        if (Name.Length == 0) Write(wanted);
        foreach (var name in Name) ForItem(name, () => Write(Named(name, wanted)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // It is one tree, whatever the order in which its devices were asked for.
        foreach (var device in UsbTree.WithHubs(_tree, _devices)) WriteObject(ToOutput(WithDetails(device)));
    }

    private void Write(List<UsbDevice> devices)
    {
        if (Tree) _tree.AddRange(devices);
        else foreach (var device in devices) WriteObject(WithDetails(device));
    }

    private UsbDevice WithDetails(UsbDevice device) => Detailed ? UsbDevices.WithDescriptors(_root, device) : device;

    // The type name chooses the view; the object is the same.
    private static PSObject ToOutput(UsbDevice device)
    {
        var output = new PSObject(device);
        output.TypeNames.Insert(0, "QemuPS.UsbDevice#Tree");
        return output;
    }

    private List<UsbDevice> Named(string name, List<UsbDevice> devices)
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
            _devices.Any(device => device.BusId == name) ? $"Get-UsbDevice -Port {name} -IncludeHub" : $"Get-UsbDevice '*{name.Replace("'", "''", StringComparison.Ordinal)}*'");
    }

    private static IEnumerable<string> NamesOf(UsbDevice device)
    {
        yield return device.Name;
        if (device.Product is not null) yield return device.Product;
        if (device.Manufacturer is not null) yield return $"{device.Manufacturer} {device.Name}";
    }

    private bool IsWanted(UsbDevice device) =>
        (IncludeHub || Tree || !device.IsHub)
        && Fits(VendorId, device.VendorId)
        && Fits(ProductId, device.ProductId)
        && (SerialNumber is null || SerialNumber.Any(serial => IsLike(device.SerialNumber, serial)))
        && Fits(BusNumber, device.BusNumber)
        && Fits(DeviceNumber, device.DeviceNumber)
        && (Port is null || Port.Any(port => IsLike(device.Port, port) || IsLike(device.BusId, port)))
        && (Class is null || Class.Contains(device.Class) || device.Interfaces.Any(each => Class.Contains(each.Class)));

    private static bool IsLike(string? value, string pattern) =>
        value is not null && (value == pattern || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(value));

    private static bool Fits<T>(T[]? wanted, T? value) => wanted is null || wanted.Contains(value);
}
