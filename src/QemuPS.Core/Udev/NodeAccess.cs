using System.Runtime.InteropServices;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>
/// The access that a rule gave. udev leaves group and access list of a node as they are when no rule says anything of
/// them any more (update_devnode in src/udev/udev-event.c), so they are taken back here.
/// </summary>
internal static partial class NodeAccess
{
    private const string AccessList = "system.posix_acl_access";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The devices that have their access by one of the rules.</summary>
    public static IReadOnlyList<UdevNode> GivenBy(SysfsRoot root, IReadOnlyList<UdevRule> rules)
    {
        var usb = Devices.Usb.UsbDevices.Read(root).Where(device => !device.IsHub).Select(device => new UdevNode(device.DevicePath, device.SysfsPath));
        var groups = root.List("/sys/class/vfio").Select(name => new UdevNode($"/dev/vfio/{name}", root.Resolve($"/sys/class/vfio/{name}") ?? ""));
        return [.. usb.Concat(groups).Where(node => UdevRules.ForDevice(root, rules, node.SysfsPath).Any(rule => rule.IsMatch == true))];
    }

    /// <summary>Makes a node root's alone, as the kernel makes it; what other rules say of it is for udev to do again.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/>.</exception>
    public static void TakeBack(string node)
    {
        if (!File.Exists(node)) return;
        try
        {
            // A node without a list, or a file system without lists, has nothing to lose.
            _ = RemoveAttribute(node, AccessList);
            File.SetUnixFileMode(node, OwnerOnly);
            if (ChangeOwner(node, 0, 0) != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot take the access to '{node}' back", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "removexattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveAttribute(string path, string name);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
