using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>Get-QemuSnapshot</c>: lists the snapshots inside of disk images.</summary>
[Cmdlet(VerbsCommon.Get, "QemuSnapshot", DefaultParameterSetName = ByPath)]
[OutputType(typeof(QemuSnapshot))]
public sealed class GetQemuSnapshotCommand : DiskPathCommand
{
    /// <summary>The snapshots' names; wildcards are matched. All of them without it.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] SnapshotName { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        var disk = Await((feedback, cancellation) => DiskReader.ReadAsync(path, null, feedback, cancellation));
        var snapshots = DiskSnapshots.Of(disk);
        foreach (var name in SnapshotName) ForItem(name, () => Write(disk, snapshots, name));
    }

    private void Write(QemuDisk disk, IReadOnlyList<QemuSnapshot> snapshots, string name)
    {
        var wildcard = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        var found = snapshots.Where(snapshot => snapshot.Name == name || wildcard.IsMatch(snapshot.Name)).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) DiskSnapshots.Require(disk, name);
        WriteObject(found, enumerateCollection: true);
    }
}
