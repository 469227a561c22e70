using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Pci;

namespace QemuPS.Commands.Pci;

/// <summary><c>Set-PciDevice</c>: changes how many virtual functions PCI devices have.</summary>
[Cmdlet(VerbsCommon.Set, "PciDevice", SupportsShouldProcess = true)]
[OutputType(typeof(PciDevice))]
public sealed class SetPciDeviceCommand : QemuCommand
{
    private SysfsRoot? _root;

    /// <summary>The devices: objects, or addresses.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [PciDeviceTransformation]
    [ArgumentCompleter(typeof(PciDeviceCompleter))]
    [ValidateNotNull]
    public PciDevice[] Device { get; set; } = [];

    /// <summary>How many virtual functions (SR-IOV) each shall have; 0 for none. All that are there are taken away first.</summary>
    [Parameter(Mandatory = true)]
    [ValidateRange(0, int.MaxValue)]
    public int VirtualFunctionCount { get; set; }

    /// <summary>Takes virtual functions away that the host uses.</summary>
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
        foreach (var device in Device) ForItem(device, () => Change(_root, device));
    }

    private void Change(SysfsRoot root, PciDevice device)
    {
        var now = PciVirtualFunctions.Require(root, device, VirtualFunctionCount, Force);
        if (now.VirtualFunctionCount != VirtualFunctionCount)
        {
            if (!ShouldDo($"echo {VirtualFunctionCount} > {now.SysfsPath}/sriov_numvfs")) return;
            var functions = new PciVirtualFunctions(root, KernelWriter.For(root));
            now = Await((_, cancellation) => functions.SetAsync(device, VirtualFunctionCount, Force, cancellation));
        }

        if (PassThru) WriteObject(now);
    }
}
