using System.Security;
using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>Removes a snapshot of a machine. What the machine has now stays.</summary>
/// <param name="machine">The machine.</param>
/// <param name="name">The snapshot.</param>
/// <param name="includeChildren">Those that went on from it, near and far, go as well.</param>
public sealed class MachineSnapshotRemoval(Machine machine, string name, bool includeChildren)
{
    /// <summary>What opens encrypted images of a machine that is off.</summary>
    public SecureString? Passphrase { get; init; }

    /// <summary>What it will do, to be shown.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/>, <see cref="ErrorId.VmNotFound"/></exception>
    public async Task<string> DescribeAsync(IFeedback feedback, CancellationToken cancellation)
    {
        var document = new SnapshotFile(machine).Read();
        var steps = new List<string>();
        foreach (var record in await RecordsAsync(document, feedback, cancellation).ConfigureAwait(false))
        {
            if (record.Kind == QemuSnapshotKind.External)
            {
                steps.Add(DescribeMerge(document, record));
                continue;
            }

            var images = await SnapshotImages.WithAsync(record.Images, record.Name, feedback, cancellation).ConfigureAwait(false);
            if (images.Count == 0) steps.Add($"Forget the snapshot '{record.Name}', which no image of '{machine.Name}' has");
            else if (machine.FindProcess() is null) steps.AddRange(images.Select(image => DiskSnapshots.Describe("-d", record.Name, image.Path)));
            else steps.Add($"Delete the snapshot '{record.Name}' of the running machine '{machine.Name}' (QMP snapshot-delete) from {string.Join(", ", images.Select(image => $"'{image.Path}'"))}");
        }

        return string.Join("\n", steps);
    }

    /// <summary>Does it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.</exception>
    public async Task RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        await using var session = await SnapshotSession.OpenAsync(machine, Passphrase, feedback, cancellation).ConfigureAwait(false);
        foreach (var record in await RecordsAsync(session.Document, feedback, cancellation).ConfigureAwait(false))
        {
            if (record.Kind == QemuSnapshotKind.External) ExternalSnapshots.RequireRemovable(machine, session.Document, record);
            session.Begin(SnapshotWork.Remove, record);
            await session.RemoveAsync(record, cancellation).ConfigureAwait(false);
        }
    }

    private string DescribeMerge(SnapshotDocument document, SnapshotRecord record)
    {
        var merges = record.Images.SelectMany(image => OverlayImages.On(image.Path, machine.Load(), document, record.Name).Select(overlay => $"'{overlay.Path}' into '{image.Path}'"));
        return $"Remove the snapshot '{record.Name}': merge {string.Join(", ", merges)}{(machine.FindProcess() is null ? "" : $" in the running machine '{machine.Name}' (QMP block-commit)")}; '{machine.Name}' goes on with the latter";
    }

    private async Task<IReadOnlyList<SnapshotRecord>> RecordsAsync(SnapshotDocument document, IFeedback feedback, CancellationToken cancellation)
    {
        if (document.Find(name) is { } record) return includeChildren ? [.. document.DescendantsOf(name).Select(child => document.Find(child)!), record] : [record];
        // One that somebody else has taken.
        var images = SnapshotImages.Of(machine.Load());
        var found = await SnapshotImages.WithAsync(images, name, feedback, cancellation).ConfigureAwait(false);
        if (found.Count > 0) return [new SnapshotRecord { Name = name, CreationTime = DateTimeOffset.Now, Images = found }];
        throw MachineSnapshotReader.NotFound(machine, name, await MachineSnapshotReader.ReadAsync(machine, NoFeedback.Instance, cancellation).ConfigureAwait(false));
    }
}
