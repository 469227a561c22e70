using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Remove-VmUsbPassthrough</c>: takes USB devices back from machines.</summary>
[Cmdlet(VerbsCommon.Remove, "VmUsbPassthrough", DefaultParameterSetName = "Device", SupportsShouldProcess = true)]
public sealed class RemoveVmUsbPassthroughCommand : QemuCommand
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

    /// <summary>The running machine lets go of the device now.</summary>
    [Parameter]
    public SwitchParameter Live { get; set; }

    /// <summary>The machine's definition forgets the device.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Remove(Target(), id));
        foreach (var device in Device) ForItem(device, () => Remove(Target(), device));
    }

    private Machine Target() => Vm.Length > 0 ? new Machine(VmStore.Open(), Vm[0].Name) : MachineSelection.Named(WildcardPattern.Escape(VmName)).Single();

    private void Remove(Machine machine, UsbDevice device)
    {
        var given = Await((_, cancellation) => MachineUsbReader.ReadAsync(machine, cancellation)).FirstOrDefault(each => each.Match.Fits(device))
            ?? throw new QemuException(ErrorId.UsbDeviceNotFound, $"'{machine.Name}' has not got the USB device {device}.", "Get-VmUsbPassthrough");
        Remove(machine, given.Id);
    }

    private void Remove(Machine machine, string id)
    {
        var live = Live || (!Persist && machine.FindProcess() is not null);
        var persist = Persist || !Live;
        var where = (live, persist) switch
        {
            (true, true) => "the running machine and the definition of",
            (true, false) => "the running machine",
            _ => "the definition of",
        };
        if (!ShouldDo($"Remove the USB device '{id}' from {where} '{machine.Name}'")) return;
        Await((_, cancellation) => MachineUsbRemoval.RemoveAsync(machine, id, live, persist, cancellation));
    }
}
