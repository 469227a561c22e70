using System.Globalization;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>Writes rules that give access to one device and to no other.</summary>
public static class UdevRuleText
{
    /// <summary>A file for a USB device.</summary>
    /// <param name="root">The host.</param>
    /// <param name="device">The device.</param>
    /// <param name="all">All devices of the host: whether another one is like it.</param>
    /// <param name="request">What the rule shall do.</param>
    /// <param name="path">Where the file shall be; null for a name of ours in the administrator's folder.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/>, <see cref="ErrorId.UsbDeviceIsHub"/></exception>
    public static UdevRuleFile For(SysfsRoot root, UsbDevice device, IReadOnlyList<UsbDevice> all, UdevRuleRequest request, string? path)
    {
        ArgumentNullException.ThrowIfNull(device);
        Check(root, request);
        if (device.IsHub) throw new QemuException(ErrorId.UsbDeviceIsHub, $"{device} is a hub: nobody needs to open it.");
        var (narrow, suffix) = Narrow(device, all, request.Match);
        string[] keys =
        [
            "SUBSYSTEM==\"usb\"", "ENV{DEVTYPE}==\"usb_device\"", $"ATTR{{idVendor}}==\"{device.VendorId}\"", $"ATTR{{idProduct}}==\"{device.ProductId}\"",
            .. narrow, .. Assignments(request),
        ];
        var file = path ?? $"{RuleFiles.Administrators}/70-qemups-{device.VendorId}-{device.ProductId}{suffix}.rules";
        return File(file, device.ToString(), string.Join(", ", keys), device.DevicePath, device.SysfsPath, request);
    }

    /// <summary>A file for a PCI device: access to its IOMMU group's node, by which VFIO gives the device to a machine.</summary>
    /// <param name="root">The host.</param>
    /// <param name="device">The device.</param>
    /// <param name="request">What the rule shall do; the match is the group in any case.</param>
    /// <param name="path">Where the file shall be; null for a name of ours in the administrator's folder.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/>, also where the device has no IOMMU group.</exception>
    public static UdevRuleFile For(SysfsRoot root, PciDevice device, UdevRuleRequest request, string? path)
    {
        ArgumentNullException.ThrowIfNull(device);
        Check(root, request);
        if (device.IommuGroup is not { } group)
        {
            throw new QemuException(ErrorId.InvalidOption, $"{device} is in no IOMMU group, so there is no node that access could be given to.", "Test-IommuEnabled -Detailed");
        }

        var number = group.ToString(CultureInfo.InvariantCulture);
        string[] keys = ["SUBSYSTEM==\"vfio\"", $"KERNEL==\"{number}\"", .. Assignments(request)];
        return File(path ?? $"{RuleFiles.Administrators}/70-qemups-vfio-{number}.rules", $"IOMMU group {number}: {device}", string.Join(", ", keys), $"/dev/vfio/{number}", $"/sys/class/vfio/{number}", request);
    }

    private static UdevRuleFile File(string path, string what, string rule, string node, string sysfsPath, UdevRuleRequest request)
    {
        if (!path.EndsWith(".rules", StringComparison.Ordinal)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' does not end in .rules: udev would not read it.");
        // A comment must not take the next line along.
        var content = $"{RuleSyntax.Marker}\n# {DeviceText.Clean(what).Replace('\\', '/')}\n{rule}\n";
        return new UdevRuleFile(path, content, RuleSyntax.Parse(path, content).Single(), node, sysfsPath, request);
    }

    private static IEnumerable<string> Assignments(UdevRuleRequest request)
    {
        yield return $"MODE=\"{request.Mode}\"";
        if (request.Group is not null) yield return $"GROUP=\"{request.Group}\"";
        if (request.Uaccess) yield return "TAG+=\"uaccess\"";
    }

    private static (string[] Keys, string Suffix) Narrow(UsbDevice device, IReadOnlyList<UsbDevice> all, UdevMatch match)
    {
        var twins = all.Where(other => other.BusId != device.BusId && other.VendorId == device.VendorId && other.ProductId == device.ProductId).ToList();
        var hasOwnSerial = IsUsable(device.SerialNumber) && twins.TrueForAll(twin => twin.SerialNumber != device.SerialNumber);
        return match switch
        {
            UdevMatch.Serial when !IsUsable(device.SerialNumber) => throw new QemuException(ErrorId.InvalidOption, $"{device} has no serial number that a rule could name.", "Use -Match Port, or Auto."),
            UdevMatch.Serial => BySerial(device),
            UdevMatch.Port => ByPort(device),
            UdevMatch.Auto when twins.Count > 0 => hasOwnSerial ? BySerial(device) : ByPort(device),
            _ => ([], ""),
        };
    }

    // Text that was cleaned is not what the kernel has.
    private static bool IsUsable(string? serial) => serial is not null && !serial.Contains('\ufffd', StringComparison.Ordinal);

    private static (string[] Keys, string Suffix) BySerial(UsbDevice device) =>
        ([$"ATTR{{serial}}==\"{RulePattern.Literal(device.SerialNumber!)}\""], $"-{string.Concat(device.SerialNumber!.Where(char.IsAsciiLetterOrDigit))}");

    // A socket of USB 3 is a port of two buses.
    private static (string[] Keys, string Suffix) ByPort(UsbDevice device) =>
        ([$"KERNEL==\"{device.BusId}{(device.PeerBusId is { } peer ? $"|{peer}" : "")}\""], $"-port-{device.BusId}");

    private static void Check(SysfsRoot root, UdevRuleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Mode.Length is not (3 or 4) || !request.Mode.All(digit => digit is >= '0' and <= '7'))
        {
            throw new QemuException(ErrorId.InvalidOption, $"'{request.Mode}' is no mode: it takes three or four octal digits.", "Use -Mode 0660.");
        }

        if (request.Group is null && !request.Uaccess)
        {
            throw new QemuException(ErrorId.InvalidOption, "Without a group and without uaccess the rule gives nobody access.", "Add -Group, or leave out -NoUaccess.");
        }

        var groups = RuleWarnings.Groups(root).ToList();
        if (request.Group is { } group && groups.Count > 0 && !groups.Contains(group))
        {
            throw new QemuException(ErrorId.InvalidOption, $"This host has no group '{group}'.", $"sudo groupadd --system {Processes.ShellQuoting.Bash(group)}");
        }
    }
}
