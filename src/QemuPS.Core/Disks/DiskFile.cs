using QemuPS.Processes;

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

    /// <summary>Throws when a process may write to the image: what is read meanwhile is neither the old nor the new.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskLocked"/></exception>
    public static void RequireNoWriter(string path)
    {
        if (ImageLocks.FindWriter(path) is { } writer)
        {
            throw new QemuException(ErrorId.DiskLocked, $"'{path}' is being written by {writer}.", "Stop the machine first, or take a snapshot of it.");
        }
    }

    /// <summary>Throws when there is no file of that name.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.InvalidPath"/></exception>
    public static void RequireFile(string path)
    {
        if (Directory.Exists(path)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is a folder, not a disk image.");
        if (!File.Exists(path)) throw new QemuException(ErrorId.DiskNotFound, $"There is no disk image '{path}'.");
    }

    /// <summary>Throws unless a new image can be written at a path.</summary>
    /// <param name="path">The new image's full path.</param>
    /// <param name="overwrite">An image that is there may be replaced.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidPath"/>, <see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DiskLocked"/></exception>
    public static void RequireNew(string path, bool overwrite)
    {
        var folder = Path.GetDirectoryName(path) ?? "";
        if (!Directory.Exists(folder)) throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{folder}' does not exist.", $"mkdir -p {ShellQuoting.Bash(folder)}");
        if (Directory.Exists(path)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is a folder.");
        if (!File.Exists(path)) return;
        if (!overwrite) throw new QemuException(ErrorId.DiskExists, $"'{path}' exists already.", "Use -Force to replace it, or another path.");
        if (ImageLocks.FindHolder(path) is { } holder) throw new QemuException(ErrorId.DiskLocked, $"'{path}' is in use by {holder} and cannot be replaced.");
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
