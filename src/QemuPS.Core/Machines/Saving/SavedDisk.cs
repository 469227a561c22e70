namespace QemuPS.Machines;

/// <summary>A disk as it was when a machine was saved: memory and disk belong together.</summary>
/// <param name="Path">The image's path.</param>
/// <param name="Length">The file's length in bytes.</param>
/// <param name="ModifiedTicks">When it was written last, in ticks of UTC.</param>
internal sealed record SavedDisk(string Path, long Length, long ModifiedTicks)
{
    /// <summary>The disks that a machine of this definition writes to, as they are now.</summary>
    public static IReadOnlyList<SavedDisk> Of(VmDefinition definition) =>
        [.. definition.Drives.Where(drive => drive is { Kind: VmDriveKind.Disk, ReadOnly: false, Path: not null }).Select(drive => Now(drive.Path!))];

    /// <summary>Nobody has written to it since.</summary>
    public bool IsUnchanged => File.Exists(Path) && Now(Path) == this;

    private static SavedDisk Now(string path)
    {
        var file = new FileInfo(path);
        return new SavedDisk(path, file.Length, file.LastWriteTimeUtc.Ticks);
    }
}
