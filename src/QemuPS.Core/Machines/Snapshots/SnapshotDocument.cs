namespace QemuPS.Machines;

/// <summary>The snapshots of one machine: which went on from which, and which one the machine goes on from now.</summary>
internal sealed record SnapshotDocument
{
    public static SnapshotDocument Empty { get; } = new();

    /// <summary>The snapshot that the machine goes on from.</summary>
    public string? Current { get; init; }

    public IReadOnlyList<SnapshotRecord> Snapshots { get; init; } = [];

    /// <summary>The images that external snapshots have made: these, and no others, are deleted when nothing needs them any more.</summary>
    public IReadOnlyList<string> Overlays { get; init; } = [];

    public PendingSnapshot? Pending { get; init; }

    public SnapshotRecord? Find(string name) => Snapshots.FirstOrDefault(snapshot => snapshot.Name == name);

    /// <summary>The machine goes on from a new snapshot.</summary>
    public SnapshotDocument With(SnapshotRecord snapshot) => this with
    {
        Snapshots = [.. Snapshots.Where(other => other.Name != snapshot.Name), snapshot],
        Current = snapshot.Name,
        Pending = null,
    };

    /// <summary>The machine goes on from a snapshot that was there before.</summary>
    public SnapshotDocument At(string name) => this with { Current = Find(name) is null ? Current : name, Pending = null };

    /// <summary>A snapshot is gone; what went on from it goes on from its parent.</summary>
    public SnapshotDocument Without(string name)
    {
        var parent = Find(name)?.Parent;
        return this with
        {
            Snapshots = [.. Snapshots.Where(other => other.Name != name).Select(other => other.Parent == name ? other with { Parent = parent } : other)],
            Current = Current == name ? parent : Current,
            Pending = null,
        };
    }

    /// <summary>A snapshot's children, theirs and so on, the deepest first.</summary>
    public IEnumerable<string> DescendantsOf(string name) =>
        Snapshots.Where(snapshot => snapshot.Parent == name).SelectMany(child => DescendantsOf(child.Name).Append(child.Name));

    /// <summary>All of them with their depth, each before those that went on from it.</summary>
    public IEnumerable<(SnapshotRecord Snapshot, int Depth)> Tree() => Below(null, 0);

    private IEnumerable<(SnapshotRecord Snapshot, int Depth)> Below(string? parent, int depth) =>
        Snapshots.Where(snapshot => IsBelow(snapshot, parent)).OrderBy(snapshot => snapshot.CreationTime)
            .SelectMany(snapshot => Below(snapshot.Name, depth + 1).Prepend((snapshot, depth)));

    private bool IsBelow(SnapshotRecord snapshot, string? parent) =>
        parent is null ? snapshot.Parent is null || Find(snapshot.Parent) is null : snapshot.Parent == parent;
}
