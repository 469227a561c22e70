using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>Adds machines to a store.</summary>
public static class MachineCreation
{
    /// <summary>Adds the machine, and creates its disk where it shall have a new one. Both are there in the end, or neither.</summary>
    /// <exception cref="QemuException">What <see cref="DiskCreation.RunAsync"/> and <see cref="VmStore.Add"/> throw.</exception>
    public static async Task CreateAsync(Machine machine, VmDefinition definition, DiskCreation? newDisk, CancellationToken cancellation)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        try
        {
            await CreateLockedAsync(machine, definition, newDisk, cancellation).ConfigureAwait(false);
        }
        catch when (!machine.Store.Contains(machine.Name))
        {
            held.DisposeAndRemove();
            throw;
        }
    }

    private static async Task CreateLockedAsync(Machine machine, VmDefinition definition, DiskCreation? newDisk, CancellationToken cancellation)
    {
        machine.Store.RequireNew(definition);
        if (newDisk is not null) await newDisk.RunAsync(cancellation).ConfigureAwait(false);
        try
        {
            machine.Store.Add(definition);
        }
        catch when (newDisk is not null)
        {
            DiskFile.Delete(newDisk.Path);
            throw;
        }
    }
}
