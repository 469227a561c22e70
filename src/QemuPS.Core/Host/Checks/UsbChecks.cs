using System.Globalization;
using System.Text;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>Giving USB devices to machines.</summary>
internal static class UsbChecks
{
    private static readonly CheckArea Area = new("Usb");

    public static IEnumerable<QemuCheck> Run(SysfsRoot root)
    {
        var devices = UsbDevices.Read(root).Where(device => !device.IsHub).Select(device => UsbAccess.Add(root, device)).ToList();
        return [Nodes(root), Access(devices), Seat(root)];
    }

    private static QemuCheck Nodes(SysfsRoot root)
    {
        const string name = "USB devices' nodes";
        if (!root.Exists("/sys/bus/usb/devices")) return Area.Skipped(name, "This host has no USB.");
        return root.Exists("/dev/bus/usb")
            ? Area.Pass(name, "/dev/bus/usb is there.")
            : Area.Warning(name, "/dev/bus/usb is not there: no device can be opened.", "A container sees it when it is started with --device /dev/bus/usb.");
    }

    private static QemuCheck Access(List<UsbDevice> devices)
    {
        const string name = "Access to USB devices";
        if (devices.Count == 0) return Area.Skipped(name, "Nothing is plugged in.");
        var closed = devices.Where(device => !device.CanAccess).ToList();
        return closed.Count == 0
            ? Area.Pass(name, $"You may open all {devices.Count}.")
            : Area.Warning(
                name, $"You may not open {closed.Count} of {devices.Count}: {string.Join("; ", closed)}.", "Write a rule for what a machine shall get.",
                $"Get-UsbDevice -VendorId {closed[0].VendorId} -ProductId {closed[0].ProductId} | New-UdevRule -Apply");
    }

    // logind gives devices tagged uaccess to the user who sits at the seat (sd-login(3), /run/systemd/seats).
    private static QemuCheck Seat(SysfsRoot root)
    {
        const string name = "Local seat";
        var seat = root.ReadBytes("/run/systemd/seats/seat0") is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        var own = FileStatus.CurrentUserId.ToString(CultureInfo.InvariantCulture);
        if (own == "0") return Area.Skipped(name, "You are root, who may open every device.");
        if (seat is not null && seat.Split('\n').Contains($"ACTIVE_UID={own}")) return Area.Pass(name, "You sit at this host: rules with uaccess reach you.");
        return Area.Warning(
            name, "You do not sit at this host, but work over SSH, as a service or in a container: udev rules with uaccess do not reach you.",
            "Let rules name a group that you are in.", "Get-UsbDevice ... | New-UdevRule -Group kvm -Apply");
    }
}
