using QemuPS.Devices.Usb;

namespace QemuPS.Machines;

/// <summary>The USB devices of the host that the machine shall get.</summary>
internal static class UsbPreflight
{
    private const string Category = "Usb";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject) => subject.Definition.UsbDevices.Select(wanted => Examine(wanted, subject));

    private static PreflightFinding Examine(VmUsbDevice wanted, PreflightSubject subject)
    {
        var name = $"USB device {wanted.Id}";
        try
        {
            if (UsbIdentification.Resolve(wanted.Match, subject.PluggedDevices) is not { } device) return Absent(name, wanted);
            MachineUsb.RequireAccess(UsbAccess.Add(subject.Host, device));
            return PreflightFinding.Pass(Category, name, $"{device} is there, and you may open it.");
        }
        catch (QemuException error)
        {
            return PreflightFinding.Fail(Category, name, error);
        }
    }

    // QEMU waits for a kind or a socket; a serial number or an address it cannot be told of before it is there.
    private static PreflightFinding Absent(string name, VmUsbDevice wanted) => wanted.Match.IdentifyBy switch
    {
        UsbIdentifyBy.Serial or UsbIdentifyBy.Address when !wanted.Optional => PreflightFinding.Fail(
            Category, name, ErrorId.UsbDeviceNotFound, $"The USB device {wanted} is not plugged in.", "Plug it in, or make it optional (Add-VmUsbPassthrough -Optional)."),
        _ => PreflightFinding.Warning(Category, name, $"The USB device {wanted} is not plugged in.", "Plug it in: the machine starts without it."),
    };
}
