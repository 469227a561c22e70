using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Pci;
using QemuPS.Machines;

namespace QemuPS.Commands.Pci;

/// <summary><c>Add-VmPciPassthrough</c>: gives PCI devices of the host, and mediated devices, to a machine.</summary>
[Cmdlet(VerbsCommon.Add, "VmPciPassthrough", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
[OutputType(typeof(VmPciPassthrough))]
public sealed class AddVmPciPassthroughCommand : VmPartCommand
{
    /// <summary>The devices: PCI devices, addresses ('01:00.0'), or IOMMU groups, whose bridges stay.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [HostPciTransformation(false)]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    [ValidateNotNull]
    public PciDevice[] Device { get; set; } = [];

    /// <summary>Mediated devices, or virtual functions with a vendor's type, from Get-MdevDevice; UUIDs are taken too.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "NameOfMdev")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "VmOfMdev")]
    [HostPciTransformation(true)]
    [ValidateNotNull]
    public MdevDevice[] MdevDevice { get; set; } = [];

    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "NameOfMdev")]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The machine: an object, a name or an id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm")]
    [Parameter(Mandatory = true, ParameterSetName = "VmOfMdev")]
    [VmTransformation]
    [ValidateCount(1, 1)]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>All devices of the IOMMU group, bridges left out.</summary>
    [Parameter(ParameterSetName = "Name")]
    [Parameter(ParameterSetName = "Vm")]
    public SwitchParameter WholeGroup { get; set; }

    /// <summary>Gives the devices the driver vfio-pci first, as Set-PciDriver does. It has to be run as root.</summary>
    [Parameter(ParameterSetName = "Name")]
    [Parameter(ParameterSetName = "Vm")]
    public SwitchParameter BindDriver { get; set; }

    /// <summary>A file with the device's ROM, for a device whose own cannot be read.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RomPath { get; set; }

    /// <summary>The guest sees no ROM of the device.</summary>
    [Parameter]
    public SwitchParameter NoRom { get; set; }

    /// <summary>The guest starts with its display on the graphics card; the machine has no other display adapter then.</summary>
    [Parameter(ParameterSetName = "Name")]
    [Parameter(ParameterSetName = "Vm")]
    public SwitchParameter PrimaryGpu { get; set; }

    /// <summary>Gives devices away although the host uses them.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes what was added.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var together in Device.GroupBy(device => device.IommuGroup?.ToString() ?? device.Address)) ForItem(together.First(), () => Add([.. together], []));
        foreach (var mediated in MdevDevice) ForItem(mediated, () => Add([], [mediated]));
    }

    private void Add(PciDevice[] devices, MdevDevice[] mediated)
    {
        var machine = Vm.Length > 0 ? Of(Vm[0]) : Named(VmName);
        var (live, persist, place) = Place(machine);
        var root = SysfsRoot.FromEnvironment();
        var request = new PciDriverRequest { Driver = "vfio-pci", WholeGroup = WholeGroup, Force = Force };
        var plan = devices.Length == 0 || !(WholeGroup || BindDriver) ? null : PciDriverPlan.Make(root, devices, request);
        var addition = ToAddition(plan?.All ?? devices, mediated, live, persist);
        if (!ShouldDo(Describe(place, addition, BindDriver ? plan : null))) return;
        var added = Await((feedback, cancellation) => BindDriver && plan is not null
            ? MachinePciBinding.AddAsync(root, machine, addition, plan, feedback, cancellation)
            : MachinePci.AddAsync(machine, addition, feedback, cancellation));
        if (PassThru) WriteObject(added, enumerateCollection: true);
    }

    private static string Describe(string place, PciAddition addition, PciDriverPlan? plan)
    {
        var what = addition.Devices.Select(device => $"the PCI device {device}").Concat(addition.MdevDevices.Select(device => $"the mediated device {device}"));
        return string.Join('\n', (plan?.Commands ?? []).Append($"Add {string.Join(" and ", what)} to {place}"));
    }

    private PciAddition ToAddition(IReadOnlyList<PciDevice> devices, MdevDevice[] mediated, bool live, bool persist) => new()
    {
        Devices = devices,
        MdevDevices = mediated,
        Live = live,
        Persist = persist,
        RomPath = RomPath is null ? null : GetUnresolvedProviderPathFromPSPath(RomPath),
        NoRom = NoRom,
        PrimaryGpu = PrimaryGpu,
        Force = Force,
    };
}
