using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Pci;
using QemuPS.Machines;

namespace QemuPS.Commands.Pci;

/// <summary><c>Get-PciDevice</c>: shows the PCI devices of this host.</summary>
[Cmdlet(VerbsCommon.Get, "PciDevice", DefaultParameterSetName = "Address")]
[OutputType(typeof(PciDevice))]
public sealed class GetPciDeviceCommand : QemuCommand
{
    private readonly HashSet<string> _tree = [];
    private IReadOnlyList<PciDevice> _devices = [];

    /// <summary>Addresses, '0000:01:00.0', with the domain or without; wildcards are resolved.</summary>
    [Parameter(Position = 0, ParameterSetName = "Address", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    public string[] Address { get; set; } = [];

    /// <summary>IOMMU groups: shows their devices as they are now.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "IommuGroup", ValueFromPipeline = true)]
    [LiveObjectTransformation(typeof(IommuGroup))]
    [ValidateNotNull]
    public IommuGroup[] IommuGroup { get; set; } = [];

    /// <summary>Names; wildcards are resolved. The vendor in front of a name is found too.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Vendor numbers in hexadecimal: '10de'.</summary>
    [Parameter]
    [HexIdTransformation]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    public string[]? VendorId { get; set; }

    /// <summary>Device numbers in hexadecimal: '25a0'.</summary>
    [Parameter]
    [HexIdTransformation]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    public string[]? DeviceId { get; set; }

    /// <summary>What the devices are for.</summary>
    [Parameter]
    public PciClass[]? Class { get; set; }

    /// <summary>The drivers that have the devices; wildcards are resolved. An empty text stands for none.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    [AllowEmptyString]
    public string[]? Driver { get; set; }

    /// <summary>Shows what can be given to a machine: no bridges, and nothing the host uses itself, alone or by what goes along with it.</summary>
    [Parameter]
    public SwitchParameter Passthroughable { get; set; }

    /// <summary>Shows the bridges above the devices, as a tree.</summary>
    [Parameter]
    public SwitchParameter Tree { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _devices = MachinePci.WithMachines(PciDevices.Read(SysfsRoot.FromEnvironment()), VmStore.Open()));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "IommuGroup")
        {
            var ids = IommuGroup.Select(group => (int?)group.Id).ToHashSet();
            Write(_devices.Where(device => device.IommuGroup is not null && ids.Contains(device.IommuGroup)));
            return;
        }

        if (Address.Length == 0) Write(_devices);
        foreach (var address in Address) ForItem(address, () => Write(At(address)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var device in PciTree.WithBridges(_devices, _tree)) WriteObject(ToTreeOutput(device));
    }

    private void Write(IEnumerable<PciDevice> devices)
    {
        foreach (var device in devices.Where(IsWanted))
        {
            if (Tree) _tree.Add(device.Address);
            else WriteObject(device);
        }
    }

    private IEnumerable<PciDevice> At(string address)
    {
        if (WildcardPattern.ContainsWildcardCharacters(address))
        {
            var pattern = WildcardPattern.Get(address, WildcardOptions.IgnoreCase);
            return _devices.Where(device => pattern.IsMatch(device.Address) || pattern.IsMatch(PciDevices.ShortAddress(device)));
        }

        return [PciDevices.At(_devices, address) ?? throw PciDevices.NotFound(address)];
    }

    private bool IsWanted(PciDevice device) =>
        (!Passthroughable || device.IsPassthroughable)
        && (Name is null || Name.Any(name => IsLike(device.Name, name) || IsLike($"{device.Vendor} {device.Name}", name)))
        && (VendorId is null || VendorId.Contains(device.VendorId))
        && (DeviceId is null || DeviceId.Contains(device.DeviceId))
        && (Class is null || Class.Contains(device.Class))
        && (Driver is null || Driver.Any(driver => driver.Length == 0 ? device.Driver is null : IsLike(device.Driver, driver)));

    private static bool IsLike(string? value, string pattern) =>
        value is not null && (string.Equals(value, pattern, StringComparison.OrdinalIgnoreCase) || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(value));

    // The type name chooses the view; the object is the same.
    private static PSObject ToTreeOutput(PciDevice device)
    {
        var output = new PSObject(device);
        output.TypeNames.Insert(0, "QemuPS.PciDevice#Tree");
        return output;
    }
}
