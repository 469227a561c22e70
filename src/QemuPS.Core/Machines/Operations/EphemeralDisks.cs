using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>
/// Overlays that take what a guest writes and are gone when its QEMU ends, however it ends: QEMU holds them open, and their
/// names are removed as soon as it does. They lie in the machine's folder, for a runtime folder is often in memory.
/// QEMU's own <c>-snapshot</c> does nothing for <c>-blockdev</c>.
/// </summary>
internal sealed class EphemeralDisks : IDisposable
{
    private readonly IReadOnlyList<string> _paths;

    private EphemeralDisks(IReadOnlyList<string> paths) => _paths = paths;

    /// <summary>The definition with the overlays in the place of the disks.</summary>
    public static VmDefinition Redirect(Machine machine, VmDefinition definition) => definition with
    {
        Drives = [.. definition.Drives.Select(drive => IsWritten(drive) ? drive with { Path = PathOf(machine, drive), Format = "qcow2" } : drive)],
    };

    /// <summary>Makes the overlays of a machine that shall have them.</summary>
    /// <returns>Their names; disposing removes them.</returns>
    public static async Task<EphemeralDisks> CreateAsync(Machine machine, VmDefinition definition, bool wanted, CancellationToken cancellation)
    {
        var drives = wanted ? definition.Drives.Where(IsWritten).ToList() : [];
        var overlays = new EphemeralDisks([.. drives.Select(drive => PathOf(machine, drive))]);
        try
        {
            foreach (var drive in drives) await CreateAsync(machine, drive, cancellation).ConfigureAwait(false);
            return overlays;
        }
        catch
        {
            overlays.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var path in _paths) File.Delete(path);
    }

    private static Task<QemuDisk> CreateAsync(Machine machine, VmDrive drive, CancellationToken cancellation) => new DiskCreation
    {
        Path = PathOf(machine, drive),
        Format = DiskFormat.Qcow2,
        BackingPath = drive.Path,
        BackingFormat = drive.Format,
        // One of a shell that was killed while it started the machine.
        Overwrite = true,
    }.RunAsync(cancellation);

    private static bool IsWritten(VmDrive drive) => drive is { Kind: VmDriveKind.Disk, ReadOnly: false, Path: not null };

    private static string PathOf(Machine machine, VmDrive drive) =>
        Path.Combine(machine.Store.FolderOf(machine.Name), $"ephemeral-{Uri.EscapeDataString(drive.Id)}.qcow2");
}
