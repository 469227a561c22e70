using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Devices.Usb;

/// <summary>Resets USB devices as if they had been unplugged and plugged in again (USBDEVFS_RESET, include/uapi/linux/usbdevice_fs.h).</summary>
public static partial class UsbReset
{
    private const nuint ResetRequest = ('U' << 8) | 20;
    private const int NoDevice = 19;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Throws where a reset would harm.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.UsbDeviceIsHub"/>, <see cref="ErrorId.UsbDeviceInUse"/> with the reason.</exception>
    public static void RequireHarmless(UsbDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.IsHub) throw new QemuException(ErrorId.UsbDeviceIsHub, $"{device} is a {(device.IsRootHub ? "root hub" : "hub")}: all that is plugged into it would go with it.", "-Force resets it all the same.");
        var reason = device switch
        {
            { IsMounted: true } => $"is in use by the host: {string.Join(", ", device.MountPoints)}",
            { IsOnlyKeyboard: true } => "is the host's only keyboard",
            { IsOnlyMouse: true } => "is the host's only mouse",
            { AssignedVm: { } vm } => $"was given to the machine '{vm}', which would lose it",
            _ => null,
        };
        if (reason is not null) throw new QemuException(ErrorId.UsbDeviceInUse, $"{device} {reason}.", "-Force resets it all the same.");
    }

    /// <summary>Resets a device and waits until it is there again.</summary>
    /// <returns>The device as it is now, in the same place; it may call itself otherwise.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.RecordedHost"/>, <see cref="ErrorId.UsbAccessDenied"/>, <see cref="ErrorId.UsbResetFailed"/>.</exception>
    public static async Task<UsbDevice> ResetAsync(SysfsRoot root, UsbDevice device, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(device);
        if (!root.IsThisHost) throw new QemuException(ErrorId.RecordedHost, $"{SysfsRoot.Variable} names the recorded host '{root.Folder}', whose devices cannot be reset.", $"Remove {SysfsRoot.Variable} to see this host.");

        // Listening begins first, so that a device that comes back at once is not missed.
        using var watch = UsbWatch.Begin(root);
        var isSame = Reset(device.DevicePath, device);
        if (isSame && Find(root, device.BusId) is { } there) return there;
        return await ComeBackAsync(watch, root, device, cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks the kernel for the reset.</summary>
    /// <returns>False where the device came out of it as another one, and is on its way.</returns>
    internal static bool Reset(string path, UsbDevice device)
    {
        using var file = Open(path, device);
        if (Control(file, ResetRequest, 0) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == NoDevice) return false;
        throw new QemuException(ErrorId.UsbResetFailed, $"The kernel did not reset {device}: {Marshal.GetPInvokeErrorMessage(error)}.", "sudo dmesg | tail");
    }

    private static async Task<UsbDevice> ComeBackAsync(UsbWatch watch, SysfsRoot root, UsbDevice device, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        UsbDevice? back = null;
        try
        {
            await watch.RunAsync(Hear, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It is there, or the time is over.
        }

        return back ?? Find(root, device.BusId)
            ?? throw new QemuException(ErrorId.UsbResetFailed, $"{device} did not come back within {Limit.TotalSeconds:0} s.", "Unplug it and plug it in again.");

        void Hear(UsbDeviceEvent told)
        {
            if (told.Action != UsbAction.Add || told.BusId != device.BusId) return;
            back = told.Device;
            limit.Cancel();
        }
    }

    private static UsbDevice? Find(SysfsRoot root, string busId) => UsbDevices.Read(root).FirstOrDefault(device => device.BusId == busId);

    private static SafeFileHandle Open(string path, UsbDevice device)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new QemuException(ErrorId.UsbAccessDenied, $"You may not open the USB device {device} ({path}): {error.Message}", device.AccessHint, error);
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, nint argument);
}
