using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using QemuPS.Devices;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Plugs USB devices into a running QEMU.</summary>
internal sealed class MachineUsbAttachment(Machine machine, QmpConnection connection, CancellationToken cancellation)
{
    /// <summary>Plugs a device in; one of the same id that is there is unplugged first.</summary>
    /// <param name="entry">The device.</param>
    /// <param name="plugged">The host's devices.</param>
    /// <param name="open">The device to open here and hand over, for a QEMU that may not open it itself; null to let QEMU open it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> with QEMU's words; what <see cref="UsbArguments.HostDevices"/> throws; <see cref="ErrorId.UsbAccessDenied"/>.</exception>
    public async Task<VmPassthroughState> AttachAsync(VmUsbDevice entry, IReadOnlyList<UsbDevice> plugged, UsbDevice? open)
    {
        var devices = new QemuUsbDevices(connection, cancellation);
        try
        {
            await EnsureControllerAsync().ConfigureAwait(false);
            await devices.RemoveAsync(entry.Id).ConfigureAwait(false);
            await devices.RemoveAsync(entry.Id + UsbArguments.PeerSuffix).ConfigureAwait(false);
            if (open is not null) await AddOpenAsync(entry, open).ConfigureAwait(false);
            else await AddAllAsync(UsbArguments.HostDevices(entry with { Optional = false }, plugged)).ConfigureAwait(false);
            var all = await devices.ReadAsync().ConfigureAwait(false);
            return all.Any(device => device.IsAttached && (device.Id == entry.Id || device.Id == entry.Id + UsbArguments.PeerSuffix)) ? VmPassthroughState.Attached : VmPassthroughState.Pending;
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{machine.Name}' could not take {entry}: {error.Message}", inner: error);
        }
    }

    private async Task AddAllAsync(IReadOnlyList<JsonObject> devices)
    {
        foreach (var device in devices) await ExecuteAsync("device_add", device).ConfigureAwait(false);
    }

    // QEMU keeps the file for as long as its set is: it is taken away when the device did not come of it.
    private async Task AddOpenAsync(VmUsbDevice entry, UsbDevice device)
    {
        using var file = Open(device);
        var added = await connection.ExecuteAsync("add-fd", new JsonObject { ["opaque"] = QemuUsbDevice.Mark(device) }, Machine.AnswerTimeout, cancellation, file: file).ConfigureAwait(false);
        var set = added.GetProperty("fdset-id").GetInt64();
        try
        {
            await ExecuteAsync("device_add", UsbArguments.OpenDevice(entry, set)).ConfigureAwait(false);
        }
        catch (QemuException)
        {
            await ExecuteAsync("remove-fd", new JsonObject { ["fdset-id"] = set }).ConfigureAwait(false);
            throw;
        }
    }

    private static SafeFileHandle Open(UsbDevice device)
    {
        try
        {
            return SysfsRoot.FromEnvironment().OpenNode(device.DevicePath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new QemuException(ErrorId.UsbAccessDenied, $"Cannot open the USB device {device} ({device.DevicePath}) to hand it over: {error.Message}", device.AccessHint, error);
        }
    }

    private async Task EnsureControllerAsync()
    {
        var plug = new HotPlug(machine, connection, cancellation);
        if ((await plug.IdsAsync().ConfigureAwait(false)).Contains(UsbArguments.ControllerId)) return;

        var controller = UsbArguments.Xhci();
        if (await plug.FindPciBusAsync("a USB controller", MachineTypes.IsPc(machine.Load().MachineType)).ConfigureAwait(false) is { } bus) controller["bus"] = bus;
        await ExecuteAsync("device_add", controller).ConfigureAwait(false);
    }

    private Task<JsonElement> ExecuteAsync(string command, JsonObject arguments) => connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
