namespace QemuPS.Disks;

/// <summary>An image as a file.</summary>
public static class DiskFile
{
    /// <summary>Throws when a process has the image open.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskLocked"/></exception>
    public static void RequireUnlocked(string path)
    {
        if (ImageLocks.FindHolder(path) is { } holder)
        {
            throw new QemuException(ErrorId.DiskLocked, $"'{path}' is in use by {holder}.", "Stop the machine first.");
        }
    }

    /// <summary>Throws when there is no file of that name.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.InvalidPath"/></exception>
    public static void RequireFile(string path)
    {
        if (Directory.Exists(path)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is a folder, not a disk image.");
        if (!File.Exists(path)) throw new QemuException(ErrorId.DiskNotFound, $"There is no disk image '{path}'.");
    }

    /// <summary>Deletes the image.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static void Delete(string path)
    {
        RequireFile(path);
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot delete '{path}'", error);
        }
    }
}
