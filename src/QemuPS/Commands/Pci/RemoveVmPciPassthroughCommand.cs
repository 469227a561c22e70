using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Pci;
using QemuPS.Machines;

namespace QemuPS.Commands.Pci;

/// <summary><c>Remove-VmPciPassthrough</c>: takes PCI devices back from machines.</summary>
[Cmdlet(VerbsCommon.Remove, "VmPciPassthrough", DefaultParameterSetName = "Id", SupportsShouldProcess = true)]
[OutputType(typeof(QemuUnplugResult))]
public sealed class RemoveVmPciPassthroughCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The device's name in the machine, as Get-VmPciPassthrough shows it.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PciPassthroughIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>The devices: objects, addresses, or IOMMU groups.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Device")]
    [PciDeviceTransformation]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    [ValidateNotNull]
    public PciDevice[] Device { get; set; } = [];

    /// <summary>The driver that the kernel chooses by itself gets the device back. It has to be run as root.</summary>
    [Parameter]
    public SwitchParameter RestoreDriver { get; set; }

    /// <summary>How long the guest may take to let go of it, in seconds.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public int Timeout { get; set; } = 10;

    /// <summary>Writes what came of it; always written where the guest still has the device.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Remove(Target(), id));
        foreach (var device in Device) ForItem(device, () => Remove(Target(), device));
    }

    private Machine Target() => Named(VmName);

    private void Remove(Machine machine, PciDevice device)
    {
        var given = Read(machine).FirstOrDefault(each => each.Address == device.Address)
            ?? throw new QemuException(ErrorId.PciDeviceNotFound, $"'{machine.Name}' has not got the PCI device {device}.", "Get-VmPciPassthrough");
        Remove(machine, given.Id);
    }

    private void Remove(Machine machine, string id)
    {
        var (live, persist, place) = Place(machine);
        var address = RestoreDriver ? Read(machine).FirstOrDefault(each => each.Id == id)?.Address : null;
        if (!ShouldDo($"Remove the PCI device '{id}' from {place}{(RestoreDriver ? ", and give it back to the host's driver" : "")}")) return;
        var result = Await((_, cancellation) => MachinePciRemoval.RemoveAsync(machine, id, live, persist, TimeSpan.FromSeconds(Timeout), cancellation));
        if (result.State == QemuUnplugState.Removed && address is not null) Restore(address);
        if (PassThru || result.State != QemuUnplugState.Removed) WriteObject(result);
    }

    private void Restore(string address)
    {
        var root = SysfsRoot.FromEnvironment();
        if (PciDevices.Find(root, address) is not { } device) return;
        var plan = PciDriverPlan.Make(root, [device], new PciDriverRequest { Driver = null });
        if (plan.Devices.Count > 0) Await((feedback, cancellation) => new PciDriverChange(root, KernelWriter.For(root)).RunAsync(plan, feedback, cancellation));
    }

    private IReadOnlyList<VmPciPassthrough> Read(Machine machine) => Await((_, cancellation) => MachinePciReader.ReadAsync(machine, cancellation));
}
