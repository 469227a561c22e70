using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Snapshots that leave the images as they are: overlays take what is written from then on, and the definition follows.</summary>
/// <param name="session">The machine, which nobody else changes meanwhile.</param>
internal sealed class ExternalSnapshots(SnapshotSession session)
{
    private readonly Machine _machine = session.Machine;

    /// <summary>Takes one. The definition names the overlays before the first of them is used: whatever is killed, the machine starts with all that was written.</summary>
    public async Task TakeAsync(SnapshotRecord record, CancellationToken cancellation)
    {
        await MakeAsync(record, cancellation).ConfigureAwait(false);
        Place(OverlayImages.Above(record.Images));
        if (session.Live is { } live) await new LiveOverlays(live).PutAsync(record.Name, record.Images, cancellation).ConfigureAwait(false);
    }

    /// <summary>What <see cref="TakeAsync"/> has begun is taken back.</summary>
    public void Undo(SnapshotRecord record)
    {
        Place(record.Images);
        session.Keep(session.Document with { Pending = null });
        OverlayImages.Sweep(session);
    }

    /// <summary>The machine, which is off, goes on from the images as they were, with new overlays.</summary>
    /// <param name="record">The snapshot, with the overlays to be made.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RestoreAsync(SnapshotRecord record, CancellationToken cancellation)
    {
        await MakeAsync(record, cancellation).ConfigureAwait(false);
        Place(OverlayImages.Above(record.Images));
        session.Keep(session.Document.At(record.Name));
        OverlayImages.Sweep(session);
    }

    /// <summary>Throws where a snapshot cannot be removed, because more than one image stands on one of its own, or one that has snapshots inside.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotInUse"/>, <see cref="ErrorId.DiskHasOverlays"/></exception>
    public static void RequireRemovable(Machine machine, SnapshotDocument document, SnapshotRecord record)
    {
        var definition = machine.Load();
        foreach (var image in record.Images)
        {
            var above = OverlayImages.On(image.Path, definition, document, record.Name);
            if (above.Count > 1) throw InUse(machine, record, $"{above.Count} images go on from '{image.Path}': {string.Join(", ", above.Select(disk => $"'{disk.Path}'"))}");
            if (above.Count == 1 && DiskSnapshots.Of(above[0]) is { Count: > 0 } inside)
            {
                throw InUse(machine, record, $"'{above[0].Path}', which would be merged, has snapshots inside: {string.Join(", ", inside.Select(snapshot => $"'{snapshot.Name}'"))}");
            }

            if (above.Count == 1 && DiskUse.MachinesAbove(machine.Store, image.Path).Where(other => other != machine.Name).ToList() is { Count: > 0 } others)
            {
                throw new QemuException(ErrorId.DiskHasOverlays, $"'{image.Path}' is the base of disks of {string.Join(", ", others.Select(other => $"'{other}'"))} as well, which a merge would damage.");
            }
        }
    }

    /// <summary>Removes one: what stands on its images is merged into them. Killed in between, it can be done again.</summary>
    public async Task RemoveAsync(SnapshotRecord record, CancellationToken cancellation)
    {
        RequireRemovable(_machine, session.Document, record);
        foreach (var image in record.Images)
        {
            if (OverlayImages.On(image.Path, _machine.Load(), session.Document, record.Name) is [var overlay]) await MergeAsync(overlay.Path, image, record, cancellation).ConfigureAwait(false);
        }

        session.Keep(session.Document.Without(record.Name));
        OverlayImages.Sweep(session);
    }

    // The overlay holds all of its content until nothing names it any more.
    private async Task MergeAsync(string overlay, SnapshotImage image, SnapshotRecord record, CancellationToken cancellation)
    {
        var above = OverlayImages.On(overlay, _machine.Load(), session.Document, record.Name);
        var isLive = session.Live is { } live && await new LiveOverlays(live).MergeAsync(overlay, image.Path, OverlayImages.Reference(_machine, image.Path), session.Feedback, cancellation).ConfigureAwait(false);
        if (!isLive)
        {
            foreach (var path in above.Select(disk => disk.Path).Append(overlay).Append(image.Path)) DiskFile.RequireUnlocked(path);
            var result = await QemuImg.Find().RunAsync(["commit", "-p", "-d", "-f", "qcow2", overlay], $"Merging {Path.GetFileName(overlay)}", session.Feedback, cancellation).ConfigureAwait(false);
            if (result.ExitCode != 0) throw QemuImgFailure.From(result, overlay, ErrorId.ToolFailed);
            foreach (var path in above.Select(disk => disk.Path))
            {
                await QemuImg.Find().RequireAsync(["rebase", "-q", "-u", "-f", "qcow2", "-b", OverlayImages.Reference(_machine, image.Path), "-F", image.Format, path], path, cancellation).ConfigureAwait(false);
            }
        }

        SnapshotImage Below(SnapshotImage other) => other.Path == overlay ? other with { Path = image.Path, Format = image.Format } : other;
        session.Keep(session.Document with
        {
            Snapshots = [.. session.Document.Snapshots.Select(other => other with { Images = [.. other.Images.Select(Below)] })],
        });
        Place([.. SnapshotImages.Of(_machine.Load()).Select(Below)]);
    }

    private async Task MakeAsync(SnapshotRecord record, CancellationToken cancellation)
    {
        foreach (var image in record.Images) DiskFile.RequireNew(image.OverlayPath!, overwrite: false);
        session.Keep(session.Document with { Overlays = [.. session.Document.Overlays.Union(record.Images.Select(image => image.OverlayPath!))] });
        foreach (var image in record.Images) await new OverlayImages(_machine).CreateAsync(image, session.Feedback, cancellation).ConfigureAwait(false);
    }

    private void Place(IReadOnlyList<SnapshotImage> images)
    {
        if (session.Live is not null) StartedDefinition.Change(_machine.Folder, started => SnapshotImages.Place(started, images));
        var definition = _machine.Load();
        var placed = SnapshotImages.Place(definition, images);
        if (!SnapshotImages.Of(definition).SequenceEqual(SnapshotImages.Of(placed))) _machine.Store.Save(placed, session.Held);
    }

    private static QemuException InUse(Machine machine, SnapshotRecord record, string why) => new(
        ErrorId.SnapshotInUse,
        $"The snapshot '{record.Name}' of '{machine.Name}' cannot be removed: {why}.",
        $"Remove-QemuSnapshot -Vm {ShellQuoting.PowerShell(machine.Name)} {ShellQuoting.PowerShell(record.Name)} -IncludeChildren");
}
