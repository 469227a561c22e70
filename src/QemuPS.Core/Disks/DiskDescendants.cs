using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>Finds the images that have an image as their base, near or far.</summary>
public static class DiskDescendants
{
    private static readonly EnumerationOptions EveryFile = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        // Links lead to files that have names elsewhere, or in circles.
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>Looks through folders for overlays of an image, and for overlays of those.</summary>
    /// <param name="basePath">The image's full path.</param>
    /// <param name="folders">The folders to look in, with all below them.</param>
    /// <param name="feedback">Hears of images whose backing file cannot be followed.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>The overlays, the nearest first.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DirectoryNotFound"/></exception>
    public static IReadOnlyList<QemuDisk> Find(string basePath, IReadOnlyList<string> folders, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(feedback);
        DiskFile.RequireFile(basePath);
        var overlays = new List<Overlay>();
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder)) throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{folder}' does not exist.");
            overlays.AddRange(OverlaysIn(folder, feedback, cancellation));
        }

        return Above(FileStatus.OfTarget(basePath), overlays.DistinctBy(overlay => overlay.Self).ToLookup(overlay => overlay.Backing));
    }

    private static IEnumerable<Overlay> OverlaysIn(string folder, IFeedback feedback, CancellationToken cancellation)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", EveryFile))
        {
            cancellation.ThrowIfCancellationRequested();
            if (ReadOverlay(path, feedback) is { } overlay) yield return overlay;
        }
    }

    private static Overlay? ReadOverlay(string path, IFeedback feedback)
    {
        try
        {
            if (!DiskReader.TryReadHeader(path, null, out var disk) || disk.BackingPath is not { } backing) return null;
            if (ImageName.HasProtocol(backing))
            {
                feedback.Warning($"'{path}' has the backing file '{backing}', which is not a path: whether it is an overlay is not known.");
                return null;
            }

            return new Overlay(disk, Key(FileStatus.OfTarget(path)), Key(FileStatus.OfTarget(backing)));
        }
        catch (Exception error) when (error is QemuException or IOException)
        {
            // One bad file among thousands is no reason to stop looking, but what it is an overlay of is not known then.
            feedback.Verbose($"'{path}' was left out: {error.Message}");
            return null;
        }
    }

    private static List<QemuDisk> Above(FileStatus start, ILookup<string, Overlay> overlays)
    {
        var found = new List<QemuDisk>();
        var seen = new HashSet<string> { Key(start) };
        var waiting = new Queue<string>(seen);
        while (waiting.TryDequeue(out var key))
        {
            foreach (var overlay in overlays[key].Where(overlay => seen.Add(overlay.Self)))
            {
                found.Add(overlay.Disk);
                waiting.Enqueue(overlay.Self);
            }
        }

        return found;
    }

    private static string Key(FileStatus file) => $"{file.Device}:{file.Inode}";

    private sealed record Overlay(QemuDisk Disk, string Self, string Backing);
}
