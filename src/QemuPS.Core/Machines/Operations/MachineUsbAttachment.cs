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
        var added = await connection.ExecuteAsync("add-fd", new JsonObject { ["opaque"] = device.BusId }, Machine.AnswerTimeout, cancellation, file: file).ConfigureAwait(false);
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
        var devices = await ExecuteAsync("qom-list", new JsonObject { ["path"] = "/machine/peripheral" }).ConfigureAwait(false);
        var names = devices.EnumerateArray().Select(device => device.GetProperty("name").GetString()).ToList();
        if (names.Contains(UsbArguments.ControllerId)) return;

        var controller = UsbArguments.Xhci();
        if (!MachineTypes.IsPc(machine.Load().MachineType)) controller["bus"] = await FreePortAsync(names).ConfigureAwait(false);
        await ExecuteAsync("device_add", controller).ConfigureAwait(false);
    }

    // A root port's bus has the port's name; it is free while it has no child.
    private async Task<string> FreePortAsync(IEnumerable<string?> names)
    {
        foreach (var port in names.Where(name => name!.StartsWith("hotplug", StringComparison.Ordinal)))
        {
            var bus = await connection.ExecuteAsync(
                "qom-list", new JsonObject { ["path"] = $"/machine/peripheral/{port}/{port}" }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            if (!bus.EnumerateArray().Any(member => member.GetProperty("name").GetString()!.StartsWith("child[", StringComparison.Ordinal))) return port!;
        }

        throw new QemuException(ErrorId.LiveChangeFailed, "The machine has no USB controller and no free PCIe port for one.", "Stop it, and define it with -UsbController Xhci.");
    }

    private Task<JsonElement> ExecuteAsync(string command, JsonObject arguments) => connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
