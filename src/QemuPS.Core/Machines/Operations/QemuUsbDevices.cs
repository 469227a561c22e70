using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>A host's USB device as the running QEMU has it: where it looks, and whether it has it.</summary>
internal sealed record QemuUsbDevice(string Id, int VendorId, int ProductId, int HostBus, int HostAddress, string? HostPort, bool IsAttached)
{
    /// <summary>How it is found on the host.</summary>
    public UsbMatch ToMatch() => new()
    {
        IdentifyBy = (HostPort, HostAddress) switch
        {
            ({ Length: > 0 }, _) => UsbIdentifyBy.Port,
            (_, > 0) => UsbIdentifyBy.Address,
            _ => UsbIdentifyBy.VendorProduct,
        },
        VendorId = VendorId == 0 ? null : VendorId.ToString("x4", CultureInfo.InvariantCulture),
        ProductId = ProductId == 0 ? null : ProductId.ToString("x4", CultureInfo.InvariantCulture),
        BusNumber = HostBus == 0 ? null : HostBus,
        DeviceNumber = HostAddress == 0 ? null : HostAddress,
        Port = string.IsNullOrEmpty(HostPort) ? null : HostPort,
    };

    /// <summary>
    /// What is written to the set of an open file that is handed over: QEMU knows nothing of the device behind it, so
    /// this says which one it is.
    /// </summary>
    public static string Mark(UsbDevice device) => string.Create(CultureInfo.InvariantCulture, $"{device.BusNumber}/{device.DeviceNumber}");

    /// <summary>The device with the place that a mark says.</summary>
    public QemuUsbDevice At(string? mark) => mark?.Split('/') is [var bus, var address]
        && int.TryParse(bus, NumberStyles.None, CultureInfo.InvariantCulture, out var hostBus)
        && int.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var hostAddress)
            ? this with { HostBus = hostBus, HostAddress = hostAddress }
            : this;

    /// <summary>This is where the device is now.</summary>
    public bool LooksAt(UsbDevice device) =>
        (HostBus == 0 || HostBus == device.BusNumber)
        && (string.IsNullOrEmpty(HostPort) || HostPort == device.Port)
        && (HostAddress == 0 || HostAddress == device.DeviceNumber);
}

/// <summary>The <c>usb-host</c> devices of a running QEMU, by its object model.</summary>
internal sealed class QemuUsbDevices(QmpConnection connection, CancellationToken cancellation)
{
    private const string Devices = "/machine/peripheral";
    private const string HostType = "child<usb-host>";
    private const string FileSet = "/dev/fdset/";

    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<QemuUsbDevice>> ReadAsync()
    {
        var members = await ExecuteAsync("qom-list", new JsonObject { ["path"] = Devices }).ConfigureAwait(false);
        var found = new List<QemuUsbDevice>();
        foreach (var member in members.EnumerateArray())
        {
            if (member.GetProperty("type").GetString() == HostType) found.Add(await ReadAsync(member.GetProperty("name").GetString()!).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>Unplugs one and waits until it is gone; nothing where it is not there.</summary>
    public async Task RemoveAsync(string id)
    {
        var members = await ExecuteAsync("qom-list", new JsonObject { ["path"] = Devices }).ConfigureAwait(false);
        if (!members.EnumerateArray().Any(member => member.GetProperty("name").GetString() == id)) return;
        await ExecuteAsync("device_del", new JsonObject { ["id"] = id }).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Machine.AnswerTimeout);
        try
        {
            await foreach (var told in connection.ReadEventsAsync(limit.Token).ConfigureAwait(false))
            {
                if (told.Name == "DEVICE_DELETED" && told.Data.TryGetProperty("device", out var gone) && gone.GetString() == id) return;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new QemuException(ErrorId.QmpTimeout, $"QEMU did not let go of '{id}' within {Machine.AnswerTimeout.TotalSeconds:0} s.");
        }
    }

    private async Task<QemuUsbDevice> ReadAsync(string id)
    {
        async Task<JsonElement> Get(string property) =>
            await ExecuteAsync("qom-get", new JsonObject { ["path"] = $"{Devices}/{id}", ["property"] = property }).ConfigureAwait(false);

        var device = new QemuUsbDevice(
            id,
            (await Get("vendorid").ConfigureAwait(false)).GetInt32(),
            (await Get("productid").ConfigureAwait(false)).GetInt32(),
            (await Get("hostbus").ConfigureAwait(false)).GetInt32(),
            (await Get("hostaddr").ConfigureAwait(false)).GetInt32(),
            (await Get("hostport").ConfigureAwait(false)).GetString(),
            (await Get("attached").ConfigureAwait(false)).GetBoolean());
        return (await Get("hostdevice").ConfigureAwait(false)).GetString() is { } file && file.StartsWith(FileSet, StringComparison.Ordinal)
            ? device.At(await MarkAsync(int.Parse(file.AsSpan(FileSet.Length), NumberStyles.None, CultureInfo.InvariantCulture)).ConfigureAwait(false))
            : device;
    }

    private async Task<string?> MarkAsync(int fileSet)
    {
        var sets = await ExecuteAsync("query-fdsets", []).ConfigureAwait(false);
        foreach (var set in sets.EnumerateArray().Where(set => set.GetProperty("fdset-id").GetInt32() == fileSet))
        {
            foreach (var file in set.GetProperty("fds").EnumerateArray())
            {
                if (file.TryGetProperty("opaque", out var mark)) return mark.GetString();
            }
        }

        return null;
    }

    private Task<JsonElement> ExecuteAsync(string command, JsonObject arguments) => connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
