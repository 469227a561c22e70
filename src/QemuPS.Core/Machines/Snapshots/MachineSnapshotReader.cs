using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Lists a machine's snapshots: what its images really have, in the order that its document knows.</summary>
public static class MachineSnapshotReader
{
    /// <summary>The snapshots of a machine, each before those that went on from it. Those that somebody else has taken are at the end: nobody knows what they went on from.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/>, <see cref="ErrorId.InvalidDefinition"/></exception>
    public static async Task<IReadOnlyList<QemuSnapshot>> ReadAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(feedback);
        var definition = machine.Load();
        var document = new SnapshotFile(machine).Read();
        if (document.Pending is { } pending && !VmLock.IsHeld(machine.Folder.LockFile)) feedback.Warning(SnapshotMending.Describe(machine, pending));
        var inside = await InsideAsync(document.Snapshots.SelectMany(snapshot => snapshot.Images).Concat(SnapshotImages.Of(definition)), feedback, cancellation).ConfigureAwait(false);
        var recorded = document.Tree().Select(entry => ToSnapshot(machine, document, entry.Snapshot, entry.Depth, inside, feedback)).OfType<QemuSnapshot>().ToList();
        var current = SnapshotImages.Of(definition).Select(image => image.Path).ToHashSet(StringComparer.Ordinal);
        var others = inside.Where(entry => current.Contains(entry.Image)).Where(entry => document.Find(entry.Snapshot.Name) is null && document.Pending?.Snapshot.Name != entry.Snapshot.Name)
            .GroupBy(entry => entry.Snapshot.Name)
            .Select(group => Merge(machine, [.. group]))
            .OrderBy(snapshot => snapshot.CreationTime);
        return [.. recorded, .. others];
    }

    /// <summary>The snapshot of a name.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/></exception>
    public static async Task<QemuSnapshot> RequireAsync(Machine machine, string name, IFeedback feedback, CancellationToken cancellation)
    {
        var snapshots = await ReadAsync(machine, feedback, cancellation).ConfigureAwait(false);
        return snapshots.FirstOrDefault(snapshot => snapshot.Name == name) ?? throw NotFound(machine, name, snapshots);
    }

    /// <summary>The error for a name that no snapshot has.</summary>
    public static QemuException NotFound(Machine machine, string name, IReadOnlyList<QemuSnapshot> snapshots)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(snapshots);
        return new QemuException(
            ErrorId.SnapshotNotFound,
            snapshots.Count == 0
                ? $"The machine '{machine.Name}' has no snapshots."
                : $"The machine '{machine.Name}' has no snapshot '{name}', but {string.Join(", ", snapshots.Select(snapshot => $"'{snapshot.Name}'"))}.",
            $"Get-QemuSnapshot -Vm {ShellQuoting.PowerShell(machine.Name)}");
    }

    private static async Task<IReadOnlyList<(string Image, QemuSnapshot Snapshot)>> InsideAsync(IEnumerable<SnapshotImage> images, IFeedback feedback, CancellationToken cancellation)
    {
        var found = new List<(string, QemuSnapshot)>();
        foreach (var image in images.DistinctBy(image => image.Path))
        {
            var snapshots = await SnapshotImages.SnapshotsInAsync(image, feedback, cancellation).ConfigureAwait(false);
            found.AddRange(snapshots.Select(snapshot => (image.Path, snapshot)));
        }

        return found;
    }

    private static QemuSnapshot? ToSnapshot(
        Machine machine, SnapshotDocument document, SnapshotRecord record, int depth, IReadOnlyList<(string Image, QemuSnapshot Snapshot)> inside, IFeedback feedback)
    {
        var own = inside.Where(entry => entry.Snapshot.Name == record.Name && record.Images.Any(image => image.Path == entry.Image)).ToList();
        var missing = record.Images.Where(image => record.Kind == QemuSnapshotKind.External ? !File.Exists(image.Path) : own.All(entry => entry.Image != image.Path)).ToList();
        if (missing.Count == record.Images.Count)
        {
            feedback.Warning($"The snapshot '{record.Name}' of '{machine.Name}' is gone: something else than QemuPS has deleted it. Remove-QemuSnapshot forgets it.");
            return null;
        }

        if (missing.Count > 0) feedback.Warning($"The snapshot '{record.Name}' of '{machine.Name}' is incomplete: {string.Join(", ", missing.Select(image => $"'{image.Path}'"))} does not have it any more.");
        return new QemuSnapshot
        {
            Name = record.Name,
            Description = record.Description,
            VmName = machine.Name,
            CreationTime = record.CreationTime.LocalDateTime,
            VmStateSizeBytes = own.Select(entry => entry.Snapshot.VmStateSizeBytes).DefaultIfEmpty().Max(),
            Parent = record.Parent,
            Children = [.. document.Snapshots.Where(other => other.Parent == record.Name).OrderBy(other => other.CreationTime).Select(other => other.Name)],
            Depth = depth,
            IsCurrent = document.Current == record.Name,
            IsQuiesced = record.IsQuiesced,
            Kind = record.Kind,
            DiskPaths = [.. record.Images.Except(missing).Select(image => image.Path)],
        };
    }

    private static QemuSnapshot Merge(Machine machine, IReadOnlyList<(string Image, QemuSnapshot Snapshot)> parts) => parts[0].Snapshot with
    {
        Id = parts.Select(part => part.Snapshot.Id).Distinct().Count() == 1 ? parts[0].Snapshot.Id : null,
        VmName = machine.Name,
        VmStateSizeBytes = parts.Max(part => part.Snapshot.VmStateSizeBytes),
        DiskPaths = [.. parts.Select(part => part.Image)],
    };
}
