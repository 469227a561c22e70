using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Remove-VmUsbPassthrough</c>: takes USB devices back from machines.</summary>
[Cmdlet(VerbsCommon.Remove, "VmUsbPassthrough", DefaultParameterSetName = "Device", SupportsShouldProcess = true)]
public sealed class RemoveVmUsbPassthroughCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Device")]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The device's name in the machine, as Get-VmUsbPassthrough shows it.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PassthroughIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>The devices: objects, or bus ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Device", ValueFromPipeline = true)]
    [Parameter(Mandatory = true, ParameterSetName = "Vm", ValueFromPipeline = true)]
    [UsbDeviceTransformation]
    [ValidateNotNull]
    public UsbDevice[] Device { get; set; } = [];

    /// <summary>The machine: an object, a name or an id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateCount(1, 1)]
    public QemuVm[] Vm { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Remove(Target(), id));
        foreach (var device in Device) ForItem(device, () => Remove(Target(), device));
    }

    private Machine Target() => Vm.Length > 0 ? Of(Vm[0]) : Named(VmName);

    private void Remove(Machine machine, UsbDevice device)
    {
        var given = Await((_, cancellation) => MachineUsbReader.ReadAsync(machine, cancellation)).FirstOrDefault(each => each.Match.Fits(device))
            ?? throw new QemuException(ErrorId.UsbDeviceNotFound, $"'{machine.Name}' has not got the USB device {device}.", "Get-VmUsbPassthrough");
        Remove(machine, given.Id);
    }

    private void Remove(Machine machine, string id)
    {
        var (live, persist, place) = Place(machine);
        if (!ShouldDo($"Remove the USB device '{id}' from {place}")) return;
        Await((_, cancellation) => MachineUsbRemoval.RemoveAsync(machine, id, live, persist, cancellation));
    }
}
