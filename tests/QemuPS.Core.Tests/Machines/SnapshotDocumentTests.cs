using System.Text;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class SnapshotDocumentTests
{
    private static readonly DateTimeOffset Morning = new(2026, 11, 25, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void WhatIsTakenGoesOnFromWhereTheMachineIs()
    {
        var document = Document("base", "left").At("base");
        document = document.With(Snapshot("right", document.Current, 3));

        Assert.Equal([("base", 0), ("left", 1), ("right", 1)], document.Tree().Select(entry => (entry.Snapshot.Name, entry.Depth)));
        Assert.Equal("right", document.Current);
        Assert.Equal(["left", "right"], document.DescendantsOf("base"));
    }

    [Fact]
    public void WhatGoesHandsItsChildrenToItsParent()
    {
        var document = Document("a", "b", "c").Without("b");

        Assert.Equal("a", document.Find("c")!.Parent);
        Assert.Equal("a", document.Without("c").Current);
        Assert.Null(document.Without("c").Without("a").Current);
    }

    [Fact]
    public void ASnapshotWhoseParentIsGoneIsShownAllTheSame() =>
        Assert.Equal(["orphan"], new SnapshotDocument { Snapshots = [Snapshot("orphan", "gone", 1)] }.Tree().Select(entry => entry.Snapshot.Name));

    [Fact]
    public void TheDocumentComesBackAsItWasWrittenAndMovesWithItsFolder()
    {
        var document = Document("a", "b") with { Overlays = ["/vms/dev/vars-a.qcow2", "/disks/o.qcow2"], Pending = new PendingSnapshot(SnapshotWork.Remove, Snapshot("b", "a", 2)) };
        var text = new SnapshotJson("/vms/dev").Write(document);
        var moved = new SnapshotJson("/vms/new").Read(text);

        Assert.Equal(text, new SnapshotJson("/vms/dev").Write(new SnapshotJson("/vms/dev").Read(text)));
        Assert.Equal(["/vms/new/vars-a.qcow2", "/disks/o.qcow2"], moved.Overlays);
        Assert.Equal("/vms/new/vars.qcow2", moved.Snapshots[0].Images[1].Path);
        Assert.Equal(SnapshotWork.Remove, moved.Pending!.Work);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"version":2,"snapshots":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":1,"snapshots":[{"name":"a"}]}""")]
    [InlineData("""{"version":1,"snapshots":[{"name":"a","parent":"b","creationTime":"2026-01-01","kind":"Internal","images":[]},{"name":"b","parent":"a","creationTime":"2026-01-01","kind":"Internal","images":[]}]}""")]
    [InlineData("""{"version":1,"snapshots":[{"name":"a","creationTime":"2026-01-01","kind":"Internal","images":[]},{"name":"a","creationTime":"2026-01-01","kind":"Internal","images":[]}]}""")]
    public void ADocumentThatIsNoneIsRefused(string text) =>
        Assert.Throws<FormatException>(() => new SnapshotJson("/vms/dev").Read(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("/disks/a.qcow2", "/disks/a.qcow2")]
    [InlineData("""json:{"backing": {"driver": "raw", "file": {"driver": "file", "filename": "/b"}}, "driver": "qcow2", "file": {"driver": "file", "filename": "/a"}}""", "/a")]
    public void QemusNameOfANodeTellsItsImage(string name, string path) => Assert.Equal(path, LiveSnapshots.ImageOf(name));

    private static SnapshotDocument Document(params string[] names)
    {
        var document = SnapshotDocument.Empty;
        foreach (var name in names) document = document.With(Snapshot(name, document.Current, document.Snapshots.Count));
        return document;
    }

    private static SnapshotRecord Snapshot(string name, string? parent, int minute) => new()
    {
        Name = name,
        Parent = parent,
        CreationTime = Morning.AddMinutes(minute),
        Images = [new SnapshotImage("disk0", "/disks/d.qcow2", "qcow2"), new SnapshotImage(SnapshotImage.Firmware, "/vms/dev/vars.qcow2", "qcow2")],
    };
}
