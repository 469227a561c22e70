using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>The overlays that lie in some folders, by what they are overlays of.</summary>
public sealed class DiskOverlays
{
    private readonly ILookup<string, Overlay> _overlays;

    private DiskOverlays(IEnumerable<Overlay> overlays) =>
        _overlays = overlays.DistinctBy(overlay => overlay.Self).ToLookup(overlay => overlay.Backing);

    /// <summary>Looks through folders for overlays.</summary>
    /// <param name="folders">The folders.</param>
    /// <param name="withSubfolders">Looks below them as well.</param>
    /// <param name="feedback">Hears of images whose backing file cannot be followed.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/></exception>
    public static DiskOverlays In(IEnumerable<string> folders, bool withSubfolders, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(feedback);
        return new DiskOverlays(folders.SelectMany(folder => OverlaysIn(folder, withSubfolders, feedback, cancellation)));
    }

    /// <summary>The overlays of an image, and the overlays of those, the nearest first.</summary>
    /// <param name="basePath">The image's full path.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/></exception>
    public IReadOnlyList<QemuDisk> Of(string basePath)
    {
        DiskFile.RequireFile(basePath);
        var found = new List<QemuDisk>();
        var seen = new HashSet<string> { Key(FileStatus.OfTarget(basePath)) };
        var waiting = new Queue<string>(seen);
        while (waiting.TryDequeue(out var key))
        {
            // What has been deleted since the look is no overlay any more.
            foreach (var overlay in _overlays[key].Where(overlay => File.Exists(overlay.Disk.Path) && seen.Add(overlay.Self)))
            {
                found.Add(overlay.Disk);
                waiting.Enqueue(overlay.Self);
            }
        }

        return found;
    }

    private static IEnumerable<Overlay> OverlaysIn(string folder, bool withSubfolders, IFeedback feedback, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{folder}' does not exist.");
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = withSubfolders,
            IgnoreInaccessible = true,
            // Links lead to files that have names elsewhere, or in circles.
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        foreach (var path in Directory.EnumerateFiles(folder, "*", options))
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

    private static string Key(FileStatus file) => $"{file.Device}:{file.Inode}";

    private sealed record Overlay(QemuDisk Disk, string Self, string Backing);
}
