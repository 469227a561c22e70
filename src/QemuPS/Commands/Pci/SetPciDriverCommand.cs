using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Pci;
using QemuPS.Udev;

namespace QemuPS.Commands.Pci;

/// <summary><c>Set-PciDriver</c>: gives PCI devices another driver.</summary>
[Cmdlet(VerbsCommon.Set, "PciDriver", DefaultParameterSetName = "Driver", SupportsShouldProcess = true)]
[OutputType(typeof(PciDevice))]
public sealed class SetPciDriverCommand : QemuCommand
{
    private SysfsRoot? _root;

    /// <summary>The devices: objects, addresses ('01:00.0'), or IOMMU groups. Those of one group get the driver together, or none does.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [PciDeviceTransformation]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    [ValidateNotNull]
    public PciDevice[] Device { get; set; } = [];

    /// <summary>The driver that shall have the devices: 'vfio-pci' to give them to machines. Its module is loaded where it is not.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Driver")]
    [ArgumentCompleter(typeof(PciDriverCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Driver { get; set; }

    /// <summary>The driver that the kernel chooses by itself shall have the devices again.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Default")]
    public SwitchParameter Default { get; set; }

    /// <summary>All devices of the IOMMU group, bridges left out.</summary>
    [Parameter]
    public SwitchParameter WholeGroup { get; set; }

    /// <summary>It stays so over restarts: in driverctl's file where driverctl is installed, else by a udev rule. With -Default, what was kept is forgotten.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <summary>Takes devices away that the host uses.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the devices as they are then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _root = SysfsRoot.FromEnvironment());

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        foreach (var together in Device.GroupBy(device => device.IommuGroup?.ToString() ?? device.Address)) ForItem(together.First(), () => Change(_root, [.. together]));
    }

    private void Change(SysfsRoot root, PciDevice[] devices)
    {
        var plan = PciDriverPlan.Make(root, devices, new PciDriverRequest { Driver = Default ? null : Driver, WholeGroup = WholeGroup, Force = Force });
        foreach (var warning in plan.Warnings) WriteWarning(warning);
        if (plan.Devices.Count > 0)
        {
            if (!ShouldDo(Describe(root, plan))) return;
            var kernel = KernelWriter.For(root);
            Await((feedback, cancellation) => new PciDriverChange(root, kernel).RunAsync(plan, feedback, cancellation));
        }

        foreach (var device in plan.All) Keep(root, device, isAsked: plan.Devices.Contains(device));
        if (PassThru) WriteObject(plan.All.Select(device => PciDevices.Find(root, device.Address)).OfType<PciDevice>(), enumerateCollection: true);
    }

    private string Describe(SysfsRoot root, PciDriverPlan plan)
    {
        var commands = plan.Commands;
        if (!Persist) return string.Join('\n', commands);
        return string.Join('\n', commands.Concat(plan.Devices.Select(device => Default ? $"Forget what is kept for {device.Address}" : $"Keep {Driver} for {device.Address} in {DriverOverrides.PathFor(root, device)}")));
    }

    private void Keep(SysfsRoot root, PciDevice device, bool isAsked)
    {
        if (Persist && Default) Forget(root, device, isAsked);
        else if (Persist) Save(root, device, isAsked);
        else if (Default && DriverOverrides.Find(root, device) is [var file, ..]) WriteWarning($"{file} still keeps a driver for {device.Address}: after a restart it is as before. -Default -Persist forgets it.");
    }

    private void Forget(SysfsRoot root, PciDevice device, bool isAsked)
    {
        if (DriverOverrides.Find(root, device) is not [_, ..] files || (!isAsked && !ShouldDo($"Remove {string.Join(", ", files)}"))) return;
        Await((_, cancellation) => DriverOverrides.RemoveAsync(root, device, cancellation));
    }

    private void Save(SysfsRoot root, PciDevice device, bool isAsked)
    {
        if (!isAsked && !ShouldDo($"Keep {Driver} for {device.Address} in {DriverOverrides.PathFor(root, device)}")) return;
        Await((_, cancellation) => DriverOverrides.SaveAsync(root, device, Driver!, cancellation));
        if (device.Class == PciClass.Display)
        {
            WriteWarning($"Where the driver of {device.Address} is loaded from the initramfs, it comes before udev's rules: put {Driver} and the rule there too (update-initramfs -u, dracut -f or mkinitcpio -P), and restart to see it.");
        }
    }
}
