using QemuPS.Processes;

namespace QemuPS.Devices.Usb;

/// <summary>Whether this user may open a device's node, and what helps where not.</summary>
internal static class UsbAccess
{
    /// <summary>The device with what the kernel says about its node.</summary>
    public static UsbDevice Add(SysfsRoot root, UsbDevice device)
    {
        var canAccess = root.CanReadWrite(device.DevicePath);
        return device with { CanAccess = canAccess, AccessHint = canAccess ? null : Hint(device.DevicePath, root.Exists(device.DevicePath), Environment.UserName) };
    }

    /// <summary>A line to paste.</summary>
    internal static string Hint(string node, bool exists, string user) => exists
        ? ShellQuoting.Bash(["sudo", "setfacl", "-m", $"u:{user}:rw", node])
        : $"# {node} is not there; a container sees it when it is started with --device /dev/bus/usb";
}
