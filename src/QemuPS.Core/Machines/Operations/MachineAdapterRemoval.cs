namespace QemuPS.Machines;

/// <summary>Takes network adapters out of machines: out of the running QEMU, out of the definition, or both.</summary>
public static class MachineAdapterRemoval
{
    /// <summary>Takes an adapter out, with the port forwards that lead through it. A guest that does not answer keeps it, and its network, until it does.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="id">The adapter.</param>
    /// <param name="live">The running QEMU lets go of it now.</param>
    /// <param name="persist">The definition forgets it.</param>
    /// <param name="timeout">How long the guest may take.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmDeviceNotFound"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public static async Task<QemuUnplugResult> RemoveAsync(Machine machine, string id, bool live, bool persist, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var isDefined = definition.NetworkAdapters.Any(adapter => adapter.Id == id);
        if (!live && !isDefined) throw MachineAdapterReader.NotFound(machine, id);
        var reason = live ? await UnplugAsync(machine, id, isDefined, timeout, cancellation).ConfigureAwait(false) : null;
        // What the guest still has, the machine still is.
        if (live && reason is null) StartedDefinition.Change(machine.Folder, started => Without(started, id));
        if (persist && isDefined) machine.Store.Save(Without(definition, id), held);
        return QemuUnplugResult.Of(machine.Name, id, reason);
    }

    /// <summary>Completes removals that the guest has answered when nobody waited any more: QEMU keeps a network until somebody says that it is not needed.</summary>
    /// <remarks>Only for the holder of the machine's lock.</remarks>
    internal static async Task CompleteAsync(Machine machine, CancellationToken cancellation)
    {
        var marked = new RuntimeMarks(machine.Folder).Ids(RuntimeMarks.Unplugging);
        if (marked.Count == 0 || machine.FindProcess() is null) return;
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var left = await MachineAdapterReader.LiveAsync(connection, cancellation).ConfigureAwait(false);
        foreach (var adapter in left.Where(adapter => !adapter.IsPlugged && marked.Contains(NetworkArguments.DeviceId(adapter.Id))))
        {
            await new AdapterPlug(machine, connection, cancellation).UnplugAsync(adapter.Id, TimeSpan.Zero).ConfigureAwait(false);
            StartedDefinition.Change(machine.Folder, started => Without(started, adapter.Id));
        }
    }

    private static async Task<string?> UnplugAsync(Machine machine, string id, bool isDefined, TimeSpan timeout, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var live = (await MachineAdapterReader.LiveAsync(connection, cancellation).ConfigureAwait(false)).FirstOrDefault(adapter => adapter.Id == id);
        if (live is null && !isDefined) throw MachineAdapterReader.NotFound(machine, id);
        if (live is { IsOwn: false }) throw MachineAdapterReader.Foreign(machine, id);
        return await new AdapterPlug(machine, connection, cancellation).UnplugAsync(id, timeout).ConfigureAwait(false);
    }

    private static VmDefinition Without(VmDefinition definition, string id) => definition with { NetworkAdapters = [.. definition.NetworkAdapters.Where(adapter => adapter.Id != id)] };
}
