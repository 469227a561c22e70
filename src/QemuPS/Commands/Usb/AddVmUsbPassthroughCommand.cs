using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Add-VmUsbPassthrough</c>: gives USB devices of the host to a machine.</summary>
[Cmdlet(VerbsCommon.Add, "VmUsbPassthrough", SupportsShouldProcess = true)]
[OutputType(typeof(VmUsbPassthrough))]
public sealed class AddVmUsbPassthroughCommand : VmPartCommand
{
    /// <summary>The device: an object, a bus id ('1-1.2'), or vendor and product ('1050:0407'). The last two need not be plugged in.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [UsbDeviceTransformation(AllowAbsent = true)]
    [ValidateNotNull]
    public UsbDevice[] Device { get; set; } = [];

    /// <summary>Events of Watch-UsbDevice: what was unplugged is left alone, and what the machine has got already is no error.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "NameOfEvent")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "VmOfEvent")]
    [ValidateNotNull]
    public UsbDeviceEvent[] DeviceEvent { get; set; } = [];

    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "NameOfEvent")]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The machine: an object, a name or an id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm")]
    [Parameter(Mandatory = true, ParameterSetName = "VmOfEvent")]
    [VmTransformation]
    [ValidateCount(1, 1)]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>By what the device is found again when it has been unplugged, or the machine restarted.</summary>
    [Parameter]
    public UsbIdentifyBy IdentifyBy { get; set; }

    /// <summary>The machine may start without the device.</summary>
    [Parameter]
    public SwitchParameter Optional { get; set; }

    /// <summary>A reset by the guest does not reach the device: for those that come back as another device from one.</summary>
    [Parameter]
    public SwitchParameter NoGuestReset { get; set; }

    /// <summary>The file to which QEMU writes what goes over the wire, for Wireshark.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CapturePath { get; set; }

    /// <summary>Opens the device here and hands it over to the running QEMU, which need not have access itself. With -Live.</summary>
    [Parameter]
    public SwitchParameter UseFileDescriptor { get; set; }

    /// <summary>Gives the device away although the host uses it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes what was added.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var device in Device) ForItem(device, () => Add(device));
        foreach (var told in DeviceEvent.Where(told => told.Action != UsbAction.Remove)) ForItem(told.Device, () => AddAgain(told.Device));
    }

    // A device that comes and goes is given again and again, and QEMU may have been quicker.
    private void AddAgain(UsbDevice device)
    {
        try
        {
            Add(device);
        }
        catch (QemuException error) when (error.Id == ErrorId.UsbDeviceAlreadyAdded)
        {
            WriteVerbose(error.Message);
        }
    }

    private void Add(UsbDevice device)
    {
        var machine = Target();
        var (live, persist, place) = Place(machine);
        var addition = ToAddition(device, live, persist);
        if (!ShouldDo($"Add the USB device {device} to {place}")) return;

        var added = Await((feedback, cancellation) => MachineUsb.AddAsync(machine, addition, feedback, cancellation));
        if (PassThru) WriteObject(added);
    }

    private Machine Target() => Vm.Length > 0 ? Of(Vm[0]) : Named(VmName);

    private UsbAddition ToAddition(UsbDevice device, bool live, bool persist) => new()
    {
        Device = device,
        IdentifyBy = IdentifyBy,
        Live = live,
        Persist = persist,
        Optional = Optional,
        NoGuestReset = NoGuestReset,
        CapturePath = CapturePath is null ? null : GetUnresolvedProviderPathFromPSPath(CapturePath),
        UseFileDescriptor = UseFileDescriptor,
        Force = Force,
    };
}
