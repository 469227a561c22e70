using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// Plugs devices into a running QEMU and out of it. Who unplugs a PCI device asks the guest for it (docs/pcie.txt of
/// QEMU): device_del returns at once, and the device is gone when the event DEVICE_DELETED says so.
/// </summary>
internal sealed class HotPlug(Machine machine, QmpConnection connection, CancellationToken cancellation)
{
    /// <summary>The objects that have an id.</summary>
    public const string Devices = "/machine/peripheral";

    /// <summary>How long a guest may take to let go of a device where nobody says otherwise.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a command; QEMU's refusal is <see cref="ErrorId.LiveChangeFailed"/> with its words.</summary>
    /// <param name="what">What it would have been, as the end of "'dev' could not ...".</param>
    /// <param name="command">The command.</param>
    /// <param name="arguments">Its arguments.</param>
    public async Task<JsonElement> ExecuteAsync(string what, string command, JsonObject arguments)
    {
        try
        {
            return await connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{machine.Name}' could not {what}: {error.Message}", inner: error);
        }
    }

    /// <summary>The ids of all devices that have one.</summary>
    public async Task<IReadOnlySet<string>> IdsAsync()
    {
        var members = await ListAsync(Devices).ConfigureAwait(false);
        return members.Where(member => member.GetProperty("type").GetString()!.StartsWith("child<", StringComparison.Ordinal))
            .Select(member => member.GetProperty("name").GetString()!)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The bus for a new PCI device: a free root port on a machine with PCI Express, or null for the one bus of a <c>pc</c>.</summary>
    /// <param name="what">The device, for the error.</param>
    /// <param name="isPc">The machine is an i440FX.</param>
    /// <param name="suits">Which ports are for it; null for all.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> where no port is free.</exception>
    public async Task<string?> FindPciBusAsync(string what, bool isPc, Func<string, bool>? suits = null)
    {
        if (isPc) return null;
        var ports = (await IdsAsync().ConfigureAwait(false)).Where(suits ?? HotplugPorts.IsPort).Order(StringComparer.Ordinal).ToList();
        foreach (var port in ports)
        {
            // A root port's bus has the port's name; it is free while it has no child.
            var bus = await ListAsync($"{Devices}/{port}/{port}").ConfigureAwait(false);
            if (!bus.Any(member => member.GetProperty("name").GetString()!.StartsWith("child[", StringComparison.Ordinal))) return port;
        }

        throw new QemuException(
            ErrorId.LiveChangeFailed,
            ports.Count == 0
                ? $"The running machine '{machine.Name}' has no PCIe port for {what}: it was defined without any (hotplugPortCount)."
                : $"The running machine '{machine.Name}' has no free PCIe port for {what}: all {ports.Count} are taken.",
            "Stop the machine and raise hotplugPortCount in its definition, use -Persist alone, or take a device out of it first.");
    }

    /// <summary>Asks for a device to be taken out and waits until it is gone.</summary>
    /// <param name="id">The device.</param>
    /// <param name="timeout">How long the guest may take.</param>
    /// <param name="name">What people call it; null for its id.</param>
    /// <returns>Why it is not gone, or null where it is. Of what is still there a mark remains (<see cref="RuntimeMarks"/>).</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> where the device cannot be unplugged at all.</exception>
    public async Task<string?> UnplugAsync(string id, TimeSpan timeout, string? name = null)
    {
        var marks = new RuntimeMarks(machine.Folder);
        if (!(await IdsAsync().ConfigureAwait(false)).Contains(id))
        {
            marks.Clear(RuntimeMarks.Unplugging, id);
            return null;
        }

        // A monitor that waits here is one that nobody else can ask: the one for watching is taken where it is free.
        await using var watching = await WatchAsync().ConfigureAwait(false);
        var reason = await RequestAsync(id, name ?? id).ConfigureAwait(false) ? await WaitAsync(watching ?? connection, id, timeout).ConfigureAwait(false) : null;
        if (reason is null) marks.Clear(RuntimeMarks.Unplugging, id);
        else marks.Set(RuntimeMarks.Unplugging, id);
        return reason;
    }

    private async Task<QmpConnection?> WatchAsync()
    {
        try
        {
            return await MachineEvents.ConnectAsync(machine, GreetingTimeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id is ErrorId.QmpBusy or ErrorId.QmpConnectionFailed)
        {
            // As many others watch the machine as it has monitors for: the events come over the monitor for commands as well.
            return null;
        }
    }

    // Whether there is anything to wait for.
    private async Task<bool> RequestAsync(string id, string name)
    {
        try
        {
            await connection.ExecuteAsync("device_del", new JsonObject { ["id"] = id }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (QemuException error) when (error.Message.Contains("already in the process of unplug", StringComparison.Ordinal))
        {
            // It was asked for before: what is left is to wait.
            return true;
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed && error.Message.Contains("not found", StringComparison.Ordinal))
        {
            // The guest has let go of it in this moment.
            return false;
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{machine.Name}' could not let go of '{name}': {error.Message}", "Use -Persist alone: the machine starts without it next time.", error);
        }
    }

    private async Task<string?> WaitAsync(QmpConnection told, string id, TimeSpan timeout)
    {
        // That the object is out of the tree is too early: its files are free when it is destroyed, which is what the event says.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await foreach (var one in told.ReadEventsAsync(limit.Token).ConfigureAwait(false))
            {
                if (one.Data.ValueKind != JsonValueKind.Object || !one.Data.TryGetProperty("device", out var device) || device.GetString() != id) continue;
                // The end of one that had this id before may be told late, when another has it already.
                if (one.Name == "DEVICE_DELETED" && !(await IdsAsync().ConfigureAwait(false)).Contains(id)) return null;
                if (one.Name is "DEVICE_UNPLUG_GUEST_ERROR" or "MEM_UNPLUG_ERROR") return "The guest refused to let go of it.";
            }

            return machine.FindProcess() is null ? null : "QEMU closed the connection before the guest answered.";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"The guest has not let go of it within {timeout.TotalSeconds:0.#} s: it may have no driver for hot plug, hang, or have no operating system running.";
        }
    }

    private async Task<List<JsonElement>> ListAsync(string path)
    {
        var members = await connection.ExecuteAsync("qom-list", new JsonObject { ["path"] = path }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return [.. members.EnumerateArray()];
    }
}
