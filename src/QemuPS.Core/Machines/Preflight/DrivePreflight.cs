using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The images of a machine's drives, down to the last of each chain.</summary>
internal static class DrivePreflight
{
    private const string Category = "Drive";
    private const int DeepestChain = 1000;

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject) =>
        subject.Definition.Drives.Where(drive => drive.Path is not null && !ImageName.HasProtocol(drive.Path)).SelectMany(drive => Examine(drive, drive.Path!));

    private static IEnumerable<PreflightFinding> Examine(VmDrive drive, string path)
    {
        var name = $"Drive {drive.Id}";
        if (FindFault(drive, path, out var disk) is { } fault)
        {
            yield return WithAdvice(PreflightFinding.Fail(Category, name, fault), path);
            yield break;
        }

        yield return PreflightFinding.Pass(Category, name, $"'{path}' is there, and nobody else has it.");
        if (drive.Kind != VmDriveKind.Disk) yield break;
        if (drive.Format == "raw" && FormatSeen(path) is { } seen) yield return WrongFormat(drive, path, seen);
        if (disk is not null && !drive.ReadOnly && Growth(drive, disk) is { } growth) yield return growth;
    }

    private static PreflightFinding WithAdvice(PreflightFinding finding, string path) => finding switch
    {
        { Check: { Hint: not null } or { FixCommand: not null } } => finding,
        { Error: ErrorId.DiskNotFound or ErrorId.MediumNotFound } => finding with { Check = finding.Check with { Hint = "Put it back, or name another one in the definition." } },
        { Error: ErrorId.DiskInvalid } => finding with { Check = finding.Check with { Hint = "See what it really is.", FixCommand = $"qemu-img info -U {ShellQuoting.Bash([path])}" } },
        _ => finding with { Check = finding.Check with { Hint = "See what lies there, and who may do what with it.", FixCommand = $"ls -ld {ShellQuoting.Bash([path])}" } },
    };

    private static QemuException? FindFault(VmDrive drive, string path, out QemuDisk? disk)
    {
        disk = null;
        try
        {
            RequireThere(drive, path);
            if (drive.Kind == VmDriveKind.Disk) disk = RequireDisk(drive, path);
            else RequireNoWriter(path, ImageLocks.FindHolder(path));
            return null;
        }
        catch (QemuException error)
        {
            return error;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return QemuException.FromIO($"'{path}' cannot be used for drive '{drive.Id}'", error);
        }
    }

    private static void RequireThere(VmDrive drive, string path)
    {
        if (File.Exists(path)) return;
        if (Directory.Exists(path)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is a folder, not a disk image.");
        throw drive.Kind == VmDriveKind.CdRom
            ? new QemuException(ErrorId.MediumNotFound, $"The disc '{path}' for drive '{drive.Id}' is not there.")
            : new QemuException(ErrorId.DiskNotFound, $"The disk image '{path}' is not there.");
    }

    private static QemuDisk? RequireDisk(VmDrive drive, string path)
    {
        // One look gives the header and whoever holds the image.
        var holder = DiskReader.TryReadHeader(path, drive.Format, out var disk) ? disk.LockedBy : ImageLocks.FindHolder(path);
        if (drive.ReadOnly) RequireNoWriter(path, holder);
        else if (holder is not null) throw new QemuException(ErrorId.DiskLocked, $"The disk image '{path}' is in use by {holder}.", StopHolder(holder));
        if (disk is { IsCorrupt: true } && !drive.ReadOnly) throw new QemuException(ErrorId.DiskInvalid, $"The disk image '{path}' is marked as corrupt, and QEMU does not write to such a one.", $"Repair-QemuDisk {ShellQuoting.PowerShell([path])} -All");
        if (!drive.ReadOnly) RequireWritable(path);
        if (drive.Format != "raw") RequireChain(path, drive.Format);
        return disk;
    }

    private static void RequireNoWriter(string path, DiskHolder? holder)
    {
        if (holder is { Writes: true }) throw new QemuException(ErrorId.DiskLocked, $"The image '{path}' is being written by {holder}.", StopHolder(holder));
    }

    private static string StopHolder(DiskHolder holder) => holder.Name is { } name ? $"Stop-QemuVm {ShellQuoting.PowerShell([name])}" : "Stop the machine that has it first.";

    // Opening changes nothing; the kernel says by it what mode, ACL and a read-only file system allow.
    private static void RequireWritable(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new QemuException(ErrorId.AccessDenied, $"You may not write to the disk image '{path}': {error.Message}", $"ls -l {ShellQuoting.Bash([path])}", error);
        }
    }

    private static void RequireChain(string top, string topFormat)
    {
        var seen = new HashSet<(ulong, ulong)>();
        var (path, format) = (top, (string?)topFormat);
        while (true)
        {
            var status = FileStatus.OfTarget(path);
            if (!seen.Add((status.Device, status.Inode)) || seen.Count > DeepestChain) throw Broken(top, ErrorId.DiskInvalid, "It goes in a circle.");
            if (!DiskReader.TryReadHeader(path, format, out var disk)) return;
            DiskReader.RequireNamedFormat(disk);
            if (disk.BackingPath is not { } backing || ImageName.HasProtocol(backing)) return;
            if (!File.Exists(backing)) throw Broken(top, ErrorId.DiskNotFound, $"'{path}' needs '{backing}', which is not there.", $"Set-QemuDisk {ShellQuoting.PowerShell([path])} -BackingPath NEWPATH -Unsafe   # where it was moved to");
            RequireNoWriter(backing, ImageLocks.FindHolder(backing));
            (path, format) = (backing, disk.BackingFormat);
        }
    }

    private static QemuException Broken(string top, ErrorId id, string how, string? fix = null) => new(id, $"The backing chain of '{top}' is broken. {how}", fix);

    private static string? FormatSeen(string path) => DiskReader.TryReadHeader(path, null, out var disk) && disk.Format != "raw" ? disk.Format : null;

    private static PreflightFinding WrongFormat(VmDrive drive, string path, string seen) => PreflightFinding.Warning(
        Category, $"Format of {drive.Id}", $"The definition says raw, and '{path}' begins as a {seen} image: the guest would see the image's own bytes.",
        $"Say \"format\": \"{seen}\" in the definition, unless a guest wrote this.");

    private static PreflightFinding? Growth(VmDrive drive, QemuDisk disk)
    {
        var left = disk.SizeBytes > disk.FileSizeBytes ? disk.SizeBytes - disk.FileSizeBytes : 0;
        var free = FreeSpace.At(disk.Path);
        return left <= free ? null : PreflightFinding.Warning(
            Category, $"Room for {drive.Id}", $"'{disk.Path}' can grow by {SizeText.From(left)}, and {SizeText.From(free)} are free: the guest is stopped when it is full.",
            "Make room, or move the image.", $"df -h {ShellQuoting.Bash([Path.GetDirectoryName(disk.Path)!])}");
    }
}
