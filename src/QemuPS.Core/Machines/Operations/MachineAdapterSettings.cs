namespace QemuPS.Machines;

/// <summary>Changes network adapters of machines: the cable, and the capture of what goes over it.</summary>
public static class MachineAdapterSettings
{
    /// <summary>Changes an adapter of the running QEMU, of the definition, or of both. When the live part fails, the definition stays as it is.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmDeviceNotFound"/>, <see cref="ErrorId.FileExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidPath"/>, <see cref="ErrorId.AccessDenied"/>,
    /// <see cref="ErrorId.InvalidOption"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public static async Task<QemuVmNetworkAdapter> SetAsync(Machine machine, string id, AdapterChange change, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(change);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        if (change.Live && machine.FindProcess() is null) throw machine.NotRunning();
        var adapter = await MachineAdapterReader.ReadAsync(machine, id, feedback, cancellation).ConfigureAwait(false);
        RequireSense(machine, adapter, change);
        var changed = change.ApplyTo(definition, id);
        DefinitionRules.Require(changed, definition.Name);

        if (change.Live)
        {
            await ChangeLiveAsync(machine, adapter, change, cancellation).ConfigureAwait(false);
            StartedDefinition.Change(machine.Folder, started => change.ApplyTo(started, id));
        }

        if (change.Persist) machine.Store.Save(changed, held);
        return await MachineAdapterReader.ReadAsync(machine, id, feedback, cancellation).ConfigureAwait(false);
    }

    private static void RequireSense(Machine machine, QemuVmNetworkAdapter adapter, AdapterChange change)
    {
        if (change.Persist && !adapter.Persisted) throw new QemuException(ErrorId.VmDeviceNotFound, $"'{adapter.Id}' is not in the definition of '{machine.Name}': it goes when the machine stops.", "Use -Live alone.");
        if (change.Live && adapter.Status is QemuVmNetworkAdapterStatus.Defined or QemuVmNetworkAdapterStatus.Unplugged)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"The running machine '{machine.Name}' has no network adapter '{adapter.Id}'.", "Restart the machine, or use -Persist alone.");
        }

        if (change.CapturePath is { } path) CaptureFile.RequireNew(path, change.Force);
    }

    private static async Task ChangeLiveAsync(Machine machine, QemuVmNetworkAdapter adapter, AdapterChange change, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        if ((await MachineAdapterReader.LiveAsync(connection, cancellation).ConfigureAwait(false)).Any(live => live.Id == adapter.Id && !live.IsOwn)) throw MachineAdapterReader.Foreign(machine, adapter.Id);
        var plug = new AdapterPlug(machine, connection, cancellation);
        if (change.CapturePath is { } path) CaptureFile.Create(path, change.Force);
        if (adapter.CapturePath is not null && (change.StopCapture || change.CapturePath is not null)) await plug.StopCaptureAsync(adapter.Id).ConfigureAwait(false);
        if (change.CapturePath is not null) await plug.StartCaptureAsync(adapter.Id, change.CapturePath).ConfigureAwait(false);
        if (change.LinkState is { } state) await AdapterLink.SetAsync(machine, connection, adapter.Id, state, cancellation).ConfigureAwait(false);
    }
}
