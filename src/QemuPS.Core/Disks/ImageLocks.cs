using Microsoft.Win32.SafeHandles;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// Reads QEMU's image locks: a process that has an image open holds a shared lock on byte 100 + n for each
/// permission n it uses (block/file-posix.c, <c>RAW_LOCK_PERM_BASE</c>; permission 1 is writing).
/// </summary>
public static class ImageLocks
{
    private const long PermissionBase = 100;
    private const long PermissionCount = 5;
    private const long WritePermission = 1;
    private const long SharedBase = 200;

    /// <summary>Who has the image open under QEMU's locks, or null.</summary>
    public static DiskHolder? FindHolder(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return FindHolder(file, path);
    }

    /// <summary>Who has an open image file open as well, or null.</summary>
    public static DiskHolder? FindHolder(SafeFileHandle file, string path)
    {
        // Hardly any image is in use: one question answers for all of them.
        if (!IsHeld(file, PermissionBase, SharedBase + PermissionCount - PermissionBase)) return null;
        var held = IsHeld(file, PermissionBase, PermissionCount) || IsHeld(file, SharedBase, PermissionCount);
        return held ? Describe(file, path) : null;
    }

    /// <summary>Who may write to the image at this moment, or null.</summary>
    public static DiskHolder? FindWriter(string path) => FindHolder(path) is { Writes: true } holder ? holder : null;

    private static DiskHolder Describe(SafeFileHandle file, string path)
    {
        var writes = IsHeld(file, PermissionBase + WritePermission, 1);
        var real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        foreach (var id in ProcessTable.LockersOf(real))
        {
            return new DiskHolder(NameOf(ProcessTable.CommandLine(id)), id, writes);
        }

        return new DiskHolder(null, null, writes);
    }

    private static bool IsHeld(SafeFileHandle file, long start, long length) => FileLocks.FindHolder(file, start, length) is not null;

    private static string? NameOf(IReadOnlyList<string> commandLine) =>
        commandLine.Count == 0 ? null : QemuProcess.NameOf(commandLine) ?? Path.GetFileName(commandLine[0]);
}
