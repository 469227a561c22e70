using System.Security;
using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>Work on the snapshots of one machine that nobody else changes meanwhile. What was interrupted before is put in order first.</summary>
internal sealed class SnapshotSession : IAsyncDisposable
{
    private readonly SnapshotFile _file;

    private SnapshotSession(Machine machine, VmLock held, LiveSnapshots? live, IFeedback feedback)
    {
        Machine = machine;
        Held = held;
        Live = live;
        Feedback = feedback;
        _file = new SnapshotFile(machine);
        Document = _file.Read();
    }

    public Machine Machine { get; }

    public VmLock Held { get; }

    /// <summary>The running QEMU; null while the machine is off.</summary>
    public LiveSnapshots? Live { get; private set; }

    public IFeedback Feedback { get; }

    public SnapshotDocument Document { get; private set; }

    /// <summary>What opens encrypted images of a machine that is off.</summary>
    public SecureString? Passphrase { get; init; }

    public static async Task<SnapshotSession> OpenAsync(Machine machine, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        // Before the lock: who asks for a machine that is not there makes no files.
        machine.Load();
        var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        LiveSnapshots? live = null;
        try
        {
            live = await LiveSnapshots.OpenAsync(machine, cancellation).ConfigureAwait(false);
            var session = new SnapshotSession(machine, held, live, feedback) { Passphrase = passphrase };
            await SnapshotMending.RunAsync(session, cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            if (live is not null) await live.DisposeAsync().ConfigureAwait(false);
            held.Dispose();
            throw;
        }
    }

    /// <summary>Writes the document.</summary>
    public void Keep(SnapshotDocument document) => Document = _file.Write(document, Held);

    /// <summary>Says what is about to be done, for whoever comes when this process has been killed.</summary>
    public void Begin(SnapshotWork work, SnapshotRecord snapshot) => Keep(Document with { Pending = new PendingSnapshot(work, snapshot) });

    /// <summary>Removes a snapshot; what the machine has now stays.</summary>
    public async Task RemoveAsync(SnapshotRecord snapshot, CancellationToken cancellation)
    {
        if (snapshot.Kind == QemuSnapshotKind.External)
        {
            await new ExternalSnapshots(this).RemoveAsync(snapshot, cancellation).ConfigureAwait(false);
            return;
        }

        await DeleteInsideAsync(snapshot.Name, snapshot.Images, cancellation).ConfigureAwait(false);
        Keep(Document.Without(snapshot.Name));
        OverlayImages.Sweep(this);
    }

    /// <summary>Deletes a snapshot from those of the images that have it inside.</summary>
    public async Task DeleteInsideAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var found = await SnapshotImages.WithAsync(images, name, Feedback, cancellation).ConfigureAwait(false);
        var nodes = Live is null ? null : await Live.NodesByPathAsync(cancellation).ConfigureAwait(false);
        IReadOnlyList<SnapshotImage> open = [.. found.Where(image => nodes?.ContainsKey(image.Path) == true)];
        if (open.Count > 0) await Live!.DeleteAsync(name, open, cancellation).ConfigureAwait(false);
        foreach (var image in found.Except(open)) await DiskSnapshots.RemoveAsync(image.Path, name, Passphrase, Feedback, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Live is not null) await Live.DisposeAsync().ConfigureAwait(false);
        Live = null;
        Held.Dispose();
    }
}
