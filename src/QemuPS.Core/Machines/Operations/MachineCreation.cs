using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>Adds machines to a store.</summary>
public static class MachineCreation
{
    /// <summary>Adds the machine, and creates its disk and its cloud-init seed where it shall have new ones. All are there in the end, or none.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="definition">What it is.</param>
    /// <param name="newDisk">The disk to create, or null.</param>
    /// <param name="seed">The seed to write into the machine's folder, or null.</param>
    /// <param name="parent">The folder in which its own folder is made; null for the store's.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException">What <see cref="DiskCreation.RunAsync"/> and <see cref="VmStore.Add"/> throw.</exception>
    public static async Task CreateAsync(Machine machine, VmDefinition definition, DiskCreation? newDisk, CloudInitSeed? seed, string? parent, CancellationToken cancellation)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        try
        {
            await CreateLockedAsync(machine, definition, newDisk, seed, parent, held, cancellation).ConfigureAwait(false);
        }
        catch when (!machine.Store.Contains(machine.Name))
        {
            held.DisposeAndRemove();
            throw;
        }
    }

    private static async Task CreateLockedAsync(Machine machine, VmDefinition definition, DiskCreation? newDisk, CloudInitSeed? seed, string? parent, VmLock held, CancellationToken cancellation)
    {
        machine.Store.RequireNew(definition);
        if (newDisk is not null) await newDisk.RunAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (parent is not null) machine.Store.PlaceFolder(machine.Name, parent);
            if (seed is not null) WriteSeed(machine, seed);
            machine.Store.Add(definition, held);
        }
        catch when (newDisk is not null)
        {
            DiskFile.Delete(newDisk.Path);
            throw;
        }
    }

    private static void WriteSeed(Machine machine, CloudInitSeed seed)
    {
        Directory.CreateDirectory(machine.Store.FolderOf(machine.Name));
        seed.Write();
    }
}
