using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>The overlays that external snapshots make: their names, their making, and their end when nothing needs them any more.</summary>
/// <param name="machine">The machine.</param>
internal sealed class OverlayImages(Machine machine)
{
    private const string Format = "qcow2";

    /// <summary>The images with an overlay for each, of a name that no file has.</summary>
    /// <param name="images">The images.</param>
    /// <param name="snapshot">The snapshot's name.</param>
    /// <param name="folder">The folder for the overlays; null for each image's own. The firmware's variables stay where they are.</param>
    public IReadOnlyList<SnapshotImage> Plan(IEnumerable<SnapshotImage> images, string snapshot, string? folder) =>
        [.. images.Select(image => image with { OverlayPath = FreeName(image.Drive == SnapshotImage.Firmware ? Path.GetDirectoryName(image.Path)! : folder ?? Path.GetDirectoryName(image.Path)!, $"{machine.Name}-{image.Drive}-{Plain(snapshot)}") })];

    /// <summary>The overlays as images of the machine.</summary>
    public static IReadOnlyList<SnapshotImage> Above(IEnumerable<SnapshotImage> images) =>
        [.. images.Select(image => new SnapshotImage(image.Drive, image.OverlayPath!, Format))];

    /// <summary>The command that makes one, to be shown.</summary>
    public static string Describe(SnapshotImage image) => QemuImg.Find().Describe(["create", "-f", Format, "-b", image.Path, "-F", image.Format, image.OverlayPath!]);

    /// <summary>Makes an image's overlay. A running QEMU may have the image open: it takes the overlay at the same moment as the others, and does not write to the image from then on.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, and what qemu-img says.</exception>
    public async Task CreateAsync(SnapshotImage image, IFeedback feedback, CancellationToken cancellation)
    {
        var overlay = image.OverlayPath!;
        DiskFile.RequireNew(overlay, overwrite: false);
        var disk = await DiskReader.ReadAsync(image.Path, image.Format, feedback, cancellation).ConfigureAwait(false);
        // -u: the image is not opened, which a QEMU that writes to it would not allow; size and format are told.
        await QemuImg.Find().RequireAsync(
            ["create", "-q", "-u", "-f", Format, "-b", Reference(machine, image.Path), "-F", image.Format, overlay, $"{disk.SizeBytes}"], overlay, cancellation).ConfigureAwait(false);
    }

    /// <summary>The images that stand right on an image: those that the machine or one of its snapshots needs.</summary>
    public static IReadOnlyList<QemuDisk> On(string path, VmDefinition definition, SnapshotDocument document, string? exceptSnapshot = null) =>
        [.. Needed(definition, document, exceptSnapshot).Where(disk => disk.BackingPath == path)];

    /// <summary>Deletes the overlays that neither the machine nor a snapshot needs.</summary>
    public static void Sweep(SnapshotSession session)
    {
        if (session.Document.Overlays.Count == 0) return;
        HashSet<string> needed;
        try
        {
            needed = [.. Needed(session.Machine.Load(), session.Document, null).Select(disk => disk.Path)];
        }
        catch (QemuException error)
        {
            session.Feedback.Warning($"Overlays that nothing needs any more may be left: {error.Message}");
            return;
        }

        needed.UnionWith(session.Document.Overlays.Where(path => File.Exists(path) && ImageLocks.FindHolder(path) is not null));
        foreach (var path in session.Document.Overlays.Where(path => !needed.Contains(path) && File.Exists(path)))
        {
            session.Feedback.Verbose($"Deleting the overlay '{path}', which nothing needs any more.");
            DiskFile.Delete(path);
        }

        session.Keep(session.Document with { Overlays = [.. session.Document.Overlays.Where(needed.Contains)] });
    }

    // A chain that cannot be read to its end may need any of them: then nothing is deleted.
    private static List<QemuDisk> Needed(VmDefinition definition, SnapshotDocument document, string? exceptSnapshot)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<QemuDisk>();
        var images = SnapshotImages.Of(definition).Concat(document.Snapshots.Where(snapshot => snapshot.Name != exceptSnapshot).SelectMany(snapshot => snapshot.Images));
        foreach (var image in images)
        {
            (string Path, string? Format)? next = (image.Path, image.Format);
            while (next is { } link && seen.Add(link.Path))
            {
                if (!DiskReader.TryReadHeader(link.Path, link.Format, out var disk)) throw new QemuException(ErrorId.DiskInvalid, $"What '{link.Path}' stands on cannot be told from its header.");
                found.Add(disk);
                next = disk.BackingPath is { } backing ? (backing, disk.BackingFormat) : null;
            }
        }

        return found;
    }

    /// <summary>How an overlay's header names an image.</summary>
    // In the machine's own folder by its name alone: that folder has another path when the machine has another name.
    public static string Reference(Machine machine, string path) => Path.GetDirectoryName(path) == machine.Store.FolderOf(machine.Name) ? Path.GetFileName(path) : path;

    private static string Plain(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '_'));

    private static string FreeName(string folder, string stem) =>
        Enumerable.Range(1, int.MaxValue).Select(number => Path.Combine(folder, number == 1 ? $"{stem}.qcow2" : $"{stem}-{number}.qcow2")).First(path => !File.Exists(path));
}
