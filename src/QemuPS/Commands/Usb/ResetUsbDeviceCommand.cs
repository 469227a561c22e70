using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Machines;

namespace QemuPS.Commands.Usb;

/// <summary><c>Reset-UsbDevice</c>: resets USB devices, as if they had been unplugged and plugged in again.</summary>
[Cmdlet(VerbsCommon.Reset, "UsbDevice", SupportsShouldProcess = true)]
[OutputType(typeof(UsbDevice))]
public sealed class ResetUsbDeviceCommand : QemuCommand
{
    /// <summary>The devices: objects, or bus ids ('1-1.2').</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [UsbDeviceTransformation]
    [ValidateNotNull]
    public UsbDevice[] Device { get; set; } = [];

    /// <summary>Resets a device that the host or a machine uses, or a hub.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the device as it is afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var device in Device) ForItem(device, () => Reset(device));
    }

    private void Reset(UsbDevice device)
    {
        var root = SysfsRoot.FromEnvironment();
        if (!Force) UsbReset.RequireHarmless(MachineUsb.WithMachines([device], VmStore.Open())[0]);
        if (!ShouldDo($"Reset the USB device {device} (USBDEVFS_RESET on {device.DevicePath})")) return;
        var back = Await((_, cancellation) => UsbReset.ResetAsync(root, device, cancellation));
        if (back.VendorId != device.VendorId || back.ProductId != device.ProductId) WriteWarning($"It came back as another device: {back}");
        if (PassThru) WriteObject(back);
    }
}
