namespace QemuPS.Disks;

/// <summary>Decides which images go when images are removed. Each folder is looked through once, however many go.</summary>
public sealed class DiskRemoval
{
    private readonly Dictionary<string, DiskOverlays> _overlays = [];

    /// <summary>The image, and where it is asked for those below it; refuses to take what others stand on.</summary>
    /// <param name="path">The image's full path.</param>
    /// <param name="withChain">The backing images go as well.</param>
    /// <param name="force">Overlays do not matter.</param>
    /// <param name="feedback">Hears what is worth to know.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskHasOverlays"/>; for the chain what reading it throws.</exception>
    public async Task<IReadOnlyList<string>> PlanAsync(string path, bool withChain, bool force, IFeedback feedback, CancellationToken cancellation)
    {
        DiskFile.RequireFile(path);
        string[] images = withChain
            ? [path, .. (await DiskReader.ReadChainAsync(path, feedback, cancellation).ConfigureAwait(false)).Chain.Select(image => image.Path)]
            : [path];
        if (!force)
        {
            foreach (var image in images) RequireNoOverlays(image, images, feedback, cancellation);
        }

        return images;
    }

    private void RequireNoOverlays(string path, IReadOnlyList<string> images, IFeedback feedback, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!_overlays.TryGetValue(folder, out var overlays)) overlays = _overlays[folder] = DiskOverlays.In([folder], withSubfolders: false, feedback, cancellation);
        var others = overlays.Of(path).Where(overlay => !images.Contains(overlay.Path)).ToList();
        if (others.Count == 0) return;
        throw new QemuException(
            ErrorId.DiskHasOverlays,
            $"'{path}' is the base of {string.Join(", ", others.Select(overlay => $"'{overlay.Path}'"))}: without it they are worthless.",
            "Remove those first, or use -Force when they may be lost.");
    }
}
