using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Get-VmUsbPassthrough</c>: shows the USB devices that were given to machines, and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "VmUsbPassthrough", DefaultParameterSetName = "Name")]
[OutputType(typeof(VmUsbPassthrough))]
public sealed class GetVmUsbPassthroughCommand : QemuCommand
{
    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] VmName { get; set; } = ["*"];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm", ValueFromPipeline = true)]
    [EitherTransformation(true)]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>Devices: shows which machines they were given to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Device", ValueFromPipeline = true)]
    [EitherTransformation(false)]
    [ValidateNotNull]
    public UsbDevice[] Device { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Vm")
        {
            foreach (var vm in Vm) Write(new Machine(VmStore.Open(), vm.Name));
            return;
        }

        foreach (var name in VmName) ForItem(name, () => MachineSelection.Named(name).ToList().ForEach(Write));
    }

    private void Write(Machine machine) => ForItem(machine.Name, () =>
    {
        var all = Await((_, cancellation) => MachineUsbReader.ReadAsync(machine, cancellation));
        WriteObject(ParameterSetName == "Device" ? all.Where(each => Device.Any(each.Match.Fits)) : all, enumerateCollection: true);
    });
}
