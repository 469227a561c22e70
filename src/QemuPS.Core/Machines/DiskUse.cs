using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Which machines need a disk image.</summary>
public static class DiskUse
{
    private const int DeepestChain = 1000;

    /// <summary>The machines of the store whose definition names the image. Definitions that cannot be read are passed over.</summary>
    public static IEnumerable<string> MachinesWith(VmStore store, string path) =>
        store.Names().Where(name => DisksOf(store, name).Any(disk => FileStatus.AreSame(disk, path)));

    /// <summary>The machines of the store with a disk that is an overlay of the image, near or far.</summary>
    public static IEnumerable<string> MachinesAbove(VmStore store, string path) =>
        store.Names().Where(name => DisksOf(store, name).Any(disk => BackingOf(disk).Any(below => FileStatus.AreSame(below, path))));

    /// <summary>Throws when a machine names the image, or a process has it open.</summary>
    /// <param name="store">The store to look through.</param>
    /// <param name="path">The image's full path.</param>
    /// <param name="except">A machine that does not count.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskInUse"/>, <see cref="ErrorId.DiskLocked"/></exception>
    public static void RequireUnused(VmStore store, string path, string? except = null)
    {
        DiskFile.RequireUnlocked(path);
        var machines = MachinesWith(store, path).Where(name => name != except).ToList();
        if (machines.Count > 0)
        {
            throw new QemuException(ErrorId.DiskInUse, $"'{path}' is a disk of {Quoted(machines)}.", "Remove the machine first, or use -Force.");
        }

        var above = MachinesAbove(store, path).Where(name => name != except).ToList();
        if (above.Count > 0)
        {
            throw new QemuException(ErrorId.DiskHasOverlays, $"'{path}' is the base of a disk of {Quoted(above)}.", "Remove the machine first, or use -Force.");
        }
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private static IEnumerable<string> DisksOf(VmStore store, string name)
    {
        try
        {
            return store.Load(name).Drives.Select(drive => drive.Path).OfType<string>();
        }
        catch (QemuException)
        {
            // Whoever asks for that machine hears of it.
            return [];
        }
    }

    private static IEnumerable<string> BackingOf(string disk)
    {
        var path = NextBelow(disk);
        for (var depth = 0; depth < DeepestChain && path is not null; depth++, path = NextBelow(path)) yield return path;
    }

    private static string? NextBelow(string path)
    {
        try
        {
            return DiskReader.TryReadHeader(path, null, out var disk) ? disk.BackingPath : null;
        }
        catch (QemuException)
        {
            // A disk that is gone or damaged stands on nothing.
            return null;
        }
    }
}
