using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Pci;

/// <summary><c>Get-VmPciPassthrough</c>: shows the PCI devices that were given to machines, and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "VmPciPassthrough", DefaultParameterSetName = "Name")]
[OutputType(typeof(VmPciPassthrough))]
public sealed class GetVmPciPassthroughCommand : QemuCommand
{
    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] VmName { get; set; } = ["*"];

    /// <summary>The machines: objects from Get-QemuVm.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm", ValueFromPipeline = true)]
    [LiveObjectTransformation(typeof(QemuVm))]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>PCI devices: shows which machines they were given to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Device", ValueFromPipeline = true)]
    [LiveObjectTransformation(typeof(PciDevice))]
    [ValidateNotNull]
    public PciDevice[] Device { get; set; } = [];

    /// <summary>Mediated devices: shows which machines they were given to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Mdev", ValueFromPipeline = true)]
    [LiveObjectTransformation(typeof(MdevDevice))]
    [ValidateNotNull]
    public MdevDevice[] MdevDevice { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) Write(new Machine(VmStore.Open(), vm.Name));
        if (ParameterSetName == "Vm") return;
        foreach (var name in VmName) ForItem(name, () => MachineSelection.Named(name).ToList().ForEach(Write));
    }

    private void Write(Machine machine) => ForItem(machine.Name, () =>
    {
        var all = Await((_, cancellation) => MachinePciReader.ReadAsync(machine, cancellation));
        WriteObject(all.Where(IsWanted), enumerateCollection: true);
    });

    private bool IsWanted(VmPciPassthrough given) => ParameterSetName switch
    {
        "Device" => Device.Any(device => device.Address == given.Address),
        "Mdev" => MdevDevice.Any(device => device.Uuid is null ? device.Address == given.Address : device.Uuid == given.Uuid),
        _ => true,
    };
}
