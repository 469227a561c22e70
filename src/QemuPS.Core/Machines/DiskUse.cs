using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>Which machines name a disk image.</summary>
public static class DiskUse
{
    /// <summary>The machines of the store whose definition names the image. Definitions that cannot be read are passed over.</summary>
    public static IEnumerable<string> MachinesWith(VmStore store, string path) =>
        store.Names().Where(name => Names(store, name, path));

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
            throw new QemuException(ErrorId.DiskInUse, $"'{path}' is a disk of {string.Join(", ", machines.Select(name => $"'{name}'"))}.", "Remove the machine first, or use -Force.");
        }
    }

    private static bool Names(VmStore store, string name, string path)
    {
        try
        {
            return store.Load(name).Drives.Any(drive => drive.Path == path);
        }
        catch (QemuException)
        {
            return false;
        }
    }
}
