namespace QemuPS.Machines;

/// <summary>Changes machines.</summary>
public static class MachineChange
{
    /// <summary>Changes a machine: its definition, the running QEMU, or both. When the live part fails, the definition stays as it is.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="change">Makes the new definition of the present one.</param>
    /// <param name="live">The running QEMU is changed now.</param>
    /// <param name="persist">The definition is changed.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/>, <see cref="ErrorId.InvalidDefinition"/></exception>
    public static async Task ApplyAsync(Machine machine, Func<VmDefinition, VmDefinition> change, bool live, bool persist, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(change);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var changed = change(definition);
        DefinitionJson.Require(changed);
        if (live)
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            var now = StartedDefinition.Find(machine.Folder) ?? definition;
            await new MachineLiveChange(machine, connection, cancellation).ApplyAsync(now, change(now)).ConfigureAwait(false);
            StartedDefinition.Change(machine.Folder, change);
        }

        if (persist) machine.Store.Save(changed, held);
    }

    /// <summary>Gives a machine another name: its folder, with all versions of its definition, and what it left in its runtime folder go with it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmRunning"/>, <see cref="ErrorId.VmExists"/>, <see cref="ErrorId.InvalidVmName"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static async Task<Machine> RenameAsync(Machine machine, string newName, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        VmName.Require(newName);
        if (machine.Name == newName) return machine;
        var renamed = new Machine(machine.Store, newName);
        // Two that swap names must not wait for each other.
        var first = string.CompareOrdinal(machine.Name, newName) < 0 ? machine : renamed;
        using var one = await first.LockAsync(cancellation).ConfigureAwait(false);
        using var other = await (first == machine ? renamed : machine).LockAsync(cancellation).ConfigureAwait(false);
        var (old, held) = first == machine ? (one, other) : (other, one);
        if (machine.FindProcess() is { } process) throw new QemuException(ErrorId.VmRunning, $"The machine '{machine.Name}' is running (pid {process}); its sockets have its name.", $"Stop-QemuVm '{machine.Name}'");

        machine.Store.Rename(machine.Name, newName, held);
        renamed.Folder.Delete();
        if (Directory.Exists(machine.Folder.Path)) Directory.Move(machine.Folder.Path, renamed.Folder.Path);
        old.DisposeAndRemove();
        return renamed;
    }
}
