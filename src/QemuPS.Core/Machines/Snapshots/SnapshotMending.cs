namespace QemuPS.Machines;

/// <summary>Puts in order what a killed shell, or a killed QEMU, has left half done. A snapshot that was begun is completed or goes; those before it stay as they are.</summary>
internal static class SnapshotMending
{
    public static async Task RunAsync(SnapshotSession session, CancellationToken cancellation)
    {
        if (session.Live is { } live) await live.FinishLeftAsync(cancellation).ConfigureAwait(false);
        if (session.Document.Pending is not { } pending) return;
        switch (pending.Work)
        {
            case SnapshotWork.Create:
                await CreateAsync(session, pending.Snapshot, cancellation).ConfigureAwait(false);
                break;
            case SnapshotWork.Remove:
                session.Feedback.Warning($"The removal of the snapshot '{pending.Snapshot.Name}' of '{session.Machine.Name}' had been interrupted and is brought to its end.");
                await session.DeleteInsideAsync(pending.Snapshot.Name, pending.Snapshot.Images, cancellation).ConfigureAwait(false);
                session.Keep(session.Document.Without(pending.Snapshot.Name));
                break;
            default:
                // The guest may have run since: nobody but the user knows whether what it wrote may be lost.
                session.Feedback.Warning(Describe(session.Machine, pending));
                break;
        }
    }

    /// <summary>What is to be said of work that was interrupted.</summary>
    public static string Describe(Machine machine, PendingSnapshot pending) => pending.Work switch
    {
        SnapshotWork.Create => $"The snapshot '{pending.Snapshot.Name}' of '{machine.Name}' was interrupted while it was taken. The next New-, Restore- or Remove-QemuSnapshot completes it or takes it away.",
        SnapshotWork.Remove => $"The removal of the snapshot '{pending.Snapshot.Name}' of '{machine.Name}' was interrupted. The next New-, Restore- or Remove-QemuSnapshot brings it to its end.",
        _ => $"The return of '{machine.Name}' to the snapshot '{pending.Snapshot.Name}' was interrupted: its disks may be of different times until Restore-QemuSnapshot is run again.",
    };

    private static async Task CreateAsync(SnapshotSession session, SnapshotRecord snapshot, CancellationToken cancellation)
    {
        var have = await SnapshotImages.WithAsync(snapshot.Images, snapshot.Name, session.Feedback, cancellation).ConfigureAwait(false);
        if (have.Count == snapshot.Images.Count)
        {
            session.Feedback.Warning($"The snapshot '{snapshot.Name}' of '{session.Machine.Name}' had been interrupted: it is complete.");
            session.Keep(session.Document.With(snapshot));
            return;
        }

        session.Feedback.Warning($"The snapshot '{snapshot.Name}' of '{session.Machine.Name}' had been interrupted: what there is of it is taken away.");
        await session.DeleteInsideAsync(snapshot.Name, have, cancellation).ConfigureAwait(false);
        session.Keep(session.Document with { Pending = null });
    }
}
