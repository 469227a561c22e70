namespace QemuPS.Disks;

/// <summary>The room on file systems.</summary>
internal static class FreeSpace
{
    /// <summary>The bytes this user may still write where a file lies or will lie.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/></exception>
    public static ulong At(string path)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        try
        {
            return (ulong)new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot tell the free space of '{folder}'", error);
        }
    }

    /// <summary>Throws when less is free than will be needed.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InsufficientSpace"/></exception>
    public static void Require(string path, ulong needed)
    {
        var free = At(path);
        if (free >= needed) return;
        throw new QemuException(
            ErrorId.InsufficientSpace,
            $"'{path}' would need {SizeText.From(needed)}, and {SizeText.From(free)} are free there.",
            $"df -h {Processes.ShellQuoting.Bash(Path.GetDirectoryName(path)!)}");
    }
}
