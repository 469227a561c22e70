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
                await session.RemoveAsync(pending.Snapshot, cancellation).ConfigureAwait(false);
                break;
            case SnapshotWork.Restore when pending.Snapshot.Kind == QemuSnapshotKind.External:
                FinishRestore(session, pending.Snapshot);
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
        if (snapshot.IsQuiesced && session.Live is not null) await FrozenFileSystems.ThawLeftAsync(session.Machine, session.Feedback, cancellation).ConfigureAwait(false);
        if (snapshot.Kind == QemuSnapshotKind.External)
        {
            await CreateExternalAsync(session, snapshot, cancellation).ConfigureAwait(false);
            return;
        }

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

    private static async Task CreateExternalAsync(SnapshotSession session, SnapshotRecord snapshot, CancellationToken cancellation)
    {
        var overlays = OverlayImages.Above(snapshot.Images);
        var isPlaced = overlays.All(SnapshotImages.Of(session.Machine.Load()).Contains);
        var open = session.Live is null ? null : await session.Live.NodesByPathAsync(cancellation).ConfigureAwait(false);
        if (!isPlaced || open is not null && !overlays.All(overlay => open.ContainsKey(overlay.Path)))
        {
            session.Feedback.Warning($"The snapshot '{snapshot.Name}' of '{session.Machine.Name}' had been interrupted: what there is of it is taken away.");
            new ExternalSnapshots(session).Undo(snapshot);
            return;
        }

        session.Feedback.Warning($"The snapshot '{snapshot.Name}' of '{session.Machine.Name}' had been interrupted: it is complete{(open is null ? ", and may be of a later moment than it was asked for" : "")}.");
        session.Keep(session.Document.With(snapshot));
    }

    private static void FinishRestore(SnapshotSession session, SnapshotRecord snapshot)
    {
        var isPlaced = OverlayImages.Above(snapshot.Images).All(SnapshotImages.Of(session.Machine.Load()).Contains);
        session.Feedback.Warning($"The return of '{session.Machine.Name}' to the snapshot '{snapshot.Name}' had been interrupted: {(isPlaced ? "it is complete" : "nothing had been changed")}.");
        session.Keep(isPlaced ? session.Document.At(snapshot.Name) : session.Document with { Pending = null });
        OverlayImages.Sweep(session);
    }
}
