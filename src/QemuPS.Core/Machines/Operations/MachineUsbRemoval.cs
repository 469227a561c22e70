namespace QemuPS.Machines;

/// <summary>Takes USB devices back from machines.</summary>
public static class MachineUsbRemoval
{
    /// <summary>Takes a device from the running QEMU, from the definition, or from both.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="id">The device's name in it.</param>
    /// <param name="live">The running QEMU lets go of it now.</param>
    /// <param name="persist">The definition forgets it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.UsbDeviceNotFound"/> where the machine has no such device; <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/>.</exception>
    public static async Task RemoveAsync(Machine machine, string id, bool live, bool persist, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var isDefined = definition.UsbDevices.Any(entry => entry.Id == id);
        if (!live && !isDefined) throw NotThere(machine, id);
        if (live) await UnplugAsync(machine, id, isDefined, cancellation).ConfigureAwait(false);
        if (live) StartedDefinition.Change(machine.Folder, started => started with { UsbDevices = [.. started.UsbDevices.Where(entry => entry.Id != id)] });
        if (persist && isDefined) machine.Store.Save(definition with { UsbDevices = [.. definition.UsbDevices.Where(entry => entry.Id != id)] }, held);
    }

    private static async Task UnplugAsync(Machine machine, string id, bool isDefined, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var devices = new QemuUsbDevices(connection, cancellation);
        var there = await devices.ReadAsync().ConfigureAwait(false);
        if (!isDefined && there.All(device => device.Id != id)) throw NotThere(machine, id);
        try
        {
            await devices.RemoveAsync(id).ConfigureAwait(false);
            await devices.RemoveAsync(id + UsbArguments.PeerSuffix).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id is ErrorId.QmpCommandFailed or ErrorId.QmpTimeout)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{machine.Name}' did not let go of '{id}': {error.Message}", inner: error);
        }
    }

    private static QemuException NotThere(Machine machine, string id) =>
        new(ErrorId.UsbDeviceNotFound, $"'{machine.Name}' has no USB device '{id}'.", $"Get-VmUsbPassthrough {Processes.ShellQuoting.PowerShell(machine.Name)}");
}
