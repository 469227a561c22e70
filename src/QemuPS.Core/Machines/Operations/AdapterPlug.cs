using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Plugs network adapters into a running QEMU and out of it, each with the network behind it.</summary>
internal sealed class AdapterPlug(Machine machine, QmpConnection connection, CancellationToken cancellation)
{
    private const int LastSlot = 31;
    private const string Failed = "connection error";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HotPlug _plug = new(machine, connection, cancellation);

    /// <summary>Plugs an adapter in. What fails leaves nothing behind.</summary>
    /// <returns>The adapter, with the place that it has got.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> with QEMU's words, or where it has no free place; <see cref="ErrorId.NetworkUnavailable"/> for a cable without another end.</exception>
    public async Task<VmNetworkAdapter> PlugAsync(VmDefinition definition, VmNetworkAdapter adapter, IFeedback feedback)
    {
        var what = $"the network adapter '{adapter.Id}'";
        // A place in the boot order that another device has would be refused: all are numbered at the next start.
        var device = NetworkArguments.Device(definition with { BootOrder = [] }, adapter);
        var placed = MachineTypes.IsPc(definition.MachineType)
            ? adapter with { Port = await PlaceInSlotAsync(definition, device, what).ConfigureAwait(false) }
            : adapter with { Port = await PlaceOnPortAsync(adapter.Id, device, what).ConfigureAwait(false) };
        await _plug.ExecuteAsync($"take {what}", "netdev_add", NetworkArguments.Backend(placed)).ConfigureAwait(false);
        try
        {
            if (placed.Network == VmNetwork.Stream) await AwaitCableAsync(placed, feedback).ConfigureAwait(false);
            await _plug.ExecuteAsync($"take {what}", "device_add", device).ConfigureAwait(false);
        }
        catch
        {
            await connection.ExecuteAsync("netdev_del", new JsonObject { ["id"] = placed.Id }, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return placed;
    }

    /// <summary>Takes an adapter out, and then its capture and its network.</summary>
    /// <returns>Why it is not out, or null where it is.</returns>
    public async Task<string?> UnplugAsync(string id, TimeSpan timeout)
    {
        if (await _plug.UnplugAsync(NetworkArguments.DeviceId(id), timeout, id).ConfigureAwait(false) is { } reason) return reason;
        var left = (await MachineAdapterReader.LiveAsync(connection, cancellation).ConfigureAwait(false)).FirstOrDefault(adapter => adapter.Id == id);
        if (left?.CapturePath is not null) await StopCaptureAsync(id).ConfigureAwait(false);
        if (left is not null) await _plug.ExecuteAsync($"let go of the network of '{id}'", "netdev_del", new JsonObject { ["id"] = id }).ConfigureAwait(false);
        new RuntimeMarks(machine.Folder).Clear(RuntimeMarks.LinkDown, id);
        return null;
    }

    /// <summary>Has what goes over the wire written to a file.</summary>
    public Task StartCaptureAsync(string id, string path) => _plug.ExecuteAsync($"capture '{id}' to '{path}'", "object-add", NetworkArguments.Capture(id, path));

    /// <summary>Has no more written; the file is whole then.</summary>
    public Task StopCaptureAsync(string id) => _plug.ExecuteAsync($"stop the capture of '{id}'", "object-del", new JsonObject { ["id"] = NetworkArguments.CaptureId(id) });

    // A port that the adapter had before it was taken out is its own again; that of another device is not for it, for that device may come back.
    private async Task<string?> PlaceOnPortAsync(string id, JsonObject device, string what)
    {
        var own = HotplugPorts.OwnPort(id);
        var port = await _plug.FindPciBusAsync(what, isPc: false, port => port == own || HotplugPorts.IsSpare(port)).ConfigureAwait(false);
        device["bus"] = port;
        return port == own ? null : port;
    }

    // The devices of the definition take the lowest slots of a pc, in their order: what comes later is out of their way at the other end.
    private async Task<string> PlaceInSlotAsync(VmDefinition definition, JsonObject device, string what)
    {
        var buses = await connection.ExecuteAsync("query-pci", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var taken = buses.EnumerateArray().Where(bus => bus.GetProperty("bus").GetInt32() == 0)
            .SelectMany(bus => bus.GetProperty("devices").EnumerateArray(), (_, other) => other.GetProperty("slot").GetInt32())
            .Concat(definition.NetworkAdapters.Select(HotplugPorts.SlotOf).OfType<int>())
            .ToHashSet();
        var slot = Enumerable.Range(1, LastSlot).Reverse().FirstOrDefault(number => !taken.Contains(number));
        if (slot == 0) throw new QemuException(ErrorId.LiveChangeFailed, $"The running machine '{machine.Name}' has no free slot for {what} on its PCI bus.", "Take a device out of it first, or use -Persist alone.");
        device["addr"] = HotplugPorts.SlotAddress(slot);
        return slot.ToString(CultureInfo.InvariantCulture);
    }

    // QEMU connects after it has answered. It tells by an event when it is connected; that it failed, and does not try again, only when it is asked (net/stream.c, 7.2).
    private async Task AwaitCableAsync(VmNetworkAdapter adapter, IFeedback feedback)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(Pause, cancellation).ConfigureAwait(false))
        {
            var state = (await MachineAdapterReader.LiveAsync(connection, cancellation).ConfigureAwait(false)).First(one => one.Id == adapter.Id).Connection;
            if (state == Failed) throw NoOtherEnd(adapter);
            // Who listens waits for whoever may come.
            if (state.Length > 0 || (adapter.LocalEndpoint is { } local && VmEndpoint.Parse(local).IsListening())) return;
        }

        // To take it away while it connects would leave QEMU with an answer for nobody.
        feedback.Warning($"'{machine.Name}' has not reached '{adapter.RemoteEndpoint ?? adapter.LocalEndpoint}' within {Patience.TotalSeconds:0} s. Connection, of Get-QemuVmNetworkAdapter, tells when it has.");
    }

    private static QemuException NoOtherEnd(VmNetworkAdapter adapter) => adapter.LocalEndpoint is { } local
        ? new(ErrorId.NetworkUnavailable, $"QEMU cannot listen at '{local}'.", "Take another -LocalEndpoint: one whose folder is there and is yours, or a port that nobody has.")
        : new(ErrorId.NetworkUnavailable, $"Nobody listens at '{adapter.RemoteEndpoint}'.", $"First the end that listens: Add-QemuVmNetworkAdapter OTHER -Network Stream -LocalEndpoint {Processes.ShellQuoting.PowerShell(adapter.RemoteEndpoint ?? "")}");
}
