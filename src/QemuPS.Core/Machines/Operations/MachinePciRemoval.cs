namespace QemuPS.Machines;

/// <summary>Takes PCI devices back from machines.</summary>
public static class MachinePciRemoval
{
    /// <summary>Takes a device from the running QEMU, from the definition, or from both. A guest that does not let go of it keeps it: the result says so.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="id">The device's name in it.</param>
    /// <param name="live">The running QEMU asks its guest for it now.</param>
    /// <param name="persist">The definition forgets it.</param>
    /// <param name="timeout">How long the guest may take; null for the usual.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.PciDeviceNotFound"/> where the machine has no such device; <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/>.</exception>
    public static async Task<QemuUnplugResult> RemoveAsync(Machine machine, string id, bool live, bool persist, TimeSpan? timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var isDefined = definition.PciDevices.Any(entry => entry.Id == id);
        if (!live && !isDefined) throw NotThere(machine, id);
        string? reason = null;
        if (live)
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            var plugging = new HotPlug(machine, connection, cancellation);
            if (!isDefined && !(await plugging.IdsAsync().ConfigureAwait(false)).Contains(id)) throw NotThere(machine, id);
            reason = await plugging.UnplugAsync(id, timeout ?? HotPlug.DefaultTimeout).ConfigureAwait(false);
        }

        // What the guest still has comes back in no case at the next start.
        if (live) StartedDefinition.Change(machine.Folder, started => started with { PciDevices = [.. started.PciDevices.Where(entry => entry.Id != id)] });
        if (persist && isDefined) machine.Store.Save(definition with { PciDevices = [.. definition.PciDevices.Where(entry => entry.Id != id)] }, held);
        return QemuUnplugResult.Of(machine.Name, id, reason);
    }

    private static QemuException NotThere(Machine machine, string id) =>
        new(ErrorId.PciDeviceNotFound, $"'{machine.Name}' has no PCI device '{id}'.", $"Get-VmPciPassthrough {Processes.ShellQuoting.PowerShell(machine.Name)}");
}
