using QemuPS.Disks;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Takes a snapshot of a machine: of all its disks, or of none.</summary>
/// <param name="machine">The machine.</param>
/// <param name="request">The snapshot.</param>
public sealed class MachineSnapshotCreation(Machine machine, SnapshotRequest request)
{
    /// <summary>What it will do, to be shown.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.VmNotFound"/></exception>
    public string Describe()
    {
        RequireSense();
        var images = Images();
        if (request.External) return DescribeExternal(images);
        if (machine.FindProcess() is null)
        {
            return string.Join("\n", images.Select(image => DiskSnapshots.Describe("-c", request.Name, image.Path)));
        }

        var paths = string.Join(", ", images.Select(image => $"'{image.Path}'"));
        return request.IncludeMemory
            ? $"Take the snapshot '{request.Name}' of the running machine '{machine.Name}' with its memory (QMP snapshot-save) in {paths}"
            : $"Take the snapshot '{request.Name}' of the disks of the running machine '{machine.Name}' (QMP blockdev-snapshot-internal-sync in one transaction) in {paths}";
    }

    /// <summary>Takes it.</summary>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.SnapshotExists"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.VmNotRunning"/> for the memory of a machine that is off,
    /// <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.
    /// </exception>
    public async Task<QemuSnapshot> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        if (request.Quiesce) RequireSense();
        // The monitor has one client at a time, and the agent's port is asked about there.
        await using var agent = request.Quiesce ? await MachineAgent.ConnectAsync(machine, Machine.AnswerTimeout, cancellation).ConfigureAwait(false) : null;
        await using (var session = await SnapshotSession.OpenAsync(machine, request.Passphrase, feedback, cancellation).ConfigureAwait(false))
        {
            // Variables that the firmware makes at the first start belong to what was before it, too.
            if (session.Live is null) await FirmwareVariables.EnsureAsync(machine.Load().Firmware, feedback, cancellation).ConfigureAwait(false);
            RequireSense();
            var images = Images();
            await RequireNewAsync(session, images, cancellation).ConfigureAwait(false);
            var record = new SnapshotRecord
            {
                Name = request.Name,
                Description = request.Description,
                Parent = session.Document.Current,
                CreationTime = DateTimeOffset.Now,
                Kind = request.External ? QemuSnapshotKind.External : QemuSnapshotKind.Internal,
                IsQuiesced = request.Quiesce,
                Images = images,
                Build = request.IncludeMemory ? await BuildAsync(session.Live!, cancellation).ConfigureAwait(false) : null,
            };
            session.Begin(SnapshotWork.Create, record);
            await TakeAsync(session, record, agent, cancellation).ConfigureAwait(false);
            session.Keep(session.Document.With(record));
        }

        return await MachineSnapshotReader.RequireAsync(machine, request.Name, feedback, cancellation).ConfigureAwait(false);
    }

    private async Task TakeAsync(SnapshotSession session, SnapshotRecord record, GuestAgentConnection? agent, CancellationToken cancellation)
    {
        try
        {
            await using var frozen = agent is not null ? await FrozenFileSystems.FreezeAsync(agent, session.Feedback, cancellation).ConfigureAwait(false) : null;
            if (request.External) await new ExternalSnapshots(session).TakeAsync(record, cancellation).ConfigureAwait(false);
            else if (session.Live is null) await TakeOfflineAsync(session, record, cancellation).ConfigureAwait(false);
            else await TakeLiveAsync(session.Live, record, session.Feedback, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when ((error is QemuException or OperationCanceledException) && CanUndo(session, error))
        {
            if (request.External)
            {
                new ExternalSnapshots(session).Undo(record);
                throw;
            }

            await session.DeleteInsideAsync(record.Name, record.Images, CancellationToken.None).ConfigureAwait(false);
            session.Keep(session.Document with { Pending = null });
            throw;
        }
    }

    // A QEMU that has gone, or still writes for a user who no longer waits, leaves it to the next call.
    private bool CanUndo(SnapshotSession session, Exception error) =>
        session.Live is null || (error is QemuException { Id: not ErrorId.QmpOutcomeUnknown } && machine.FindProcess() is not null);

    private async Task TakeLiveAsync(LiveSnapshots live, SnapshotRecord record, IFeedback feedback, CancellationToken cancellation)
    {
        if (!request.IncludeMemory)
        {
            await live.SaveDisksAsync(record.Name, record.Images, cancellation).ConfigureAwait(false);
            return;
        }

        var activity = $"Taking the snapshot '{record.Name}' of '{machine.Name}'";
        feedback.Progress(new WorkProgress(activity, "Writing the guest's memory", -1));
        await live.SaveAsync(record.Name, record.Images, cancellation).ConfigureAwait(false);
        feedback.Progress(new WorkProgress(activity, "Done", 100));
    }

    // Memory that would fit no machine is refused: nobody could go back to it.
    private async Task<MachineBuild> BuildAsync(LiveSnapshots live, CancellationToken cancellation)
    {
        var build = await MachineBuild.ReadAsync(machine, live.Connection, cancellation).ConfigureAwait(false);
        build.RequireKnown(machine);
        return build;
    }

    private async Task TakeOfflineAsync(SnapshotSession session, SnapshotRecord record, CancellationToken cancellation)
    {
        foreach (var image in record.Images.Where(image => File.Exists(image.Path))) DiskFile.RequireUnlocked(image.Path);
        foreach (var image in record.Images)
        {
            await DiskSnapshots.CreateAsync(image.Path, record.Name, request.Passphrase, session.Feedback, cancellation).ConfigureAwait(false);
        }
    }

    private IReadOnlyList<SnapshotImage> Images() => request.External
        ? new OverlayImages(machine).Plan(SnapshotImages.RequireAny(machine, machine.Load()), request.Name, request.OverlayFolder)
        : SnapshotImages.RequireQcow2(machine, machine.Load());

    private string DescribeExternal(IReadOnlyList<SnapshotImage> images)
    {
        var how = machine.FindProcess() is null ? "" : " (QMP blockdev-snapshot in one transaction)";
        return $"{string.Join("\n", images.Select(OverlayImages.Describe))}\nThen '{machine.Name}' goes on with these{how}.";
    }

    private void RequireSense()
    {
        if (machine.FindProcess() is null)
        {
            RequireOff();
            return;
        }

        if (request is { IncludeMemory: true, Quiesce: true }) throw new QemuException(ErrorId.InvalidOption, "With the guest's memory in it a snapshot needs no rest of its file systems: what they have not written yet is in the memory.", "Leave out -Quiesce.");
        if (new RuntimeMarks(machine.Folder).Has(RuntimeMarks.Ephemeral, machine.Name)) throw new QemuException(ErrorId.NotSupported, $"'{machine.Name}' runs with disks that are not kept: there would be nothing to go back to.", "Start it without -Ephemeral.");
    }

    private void RequireOff()
    {
        if (request.Quiesce) throw new QemuException(ErrorId.VmNotRunning, $"The machine '{machine.Name}' is off: its file systems are at rest.", "Leave out -Quiesce.");
        if (request.External && SavedState.Exists(machine)) throw new QemuException(ErrorId.NotSupported, $"'{machine.Name}' was saved, and its memory goes on with the disks as they are.", $"Start-QemuVm {ShellQuoting.PowerShell(machine.Name)}   # and take the snapshot then");
        if (request.IncludeMemory) throw new QemuException(ErrorId.VmNotRunning, $"The machine '{machine.Name}' is off: it has no memory to keep.", "Leave out -IncludeMemory.");
    }

    private async Task RequireNewAsync(SnapshotSession session, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        if (session.Document.Find(request.Name) is null && (await SnapshotImages.WithAsync(images, request.Name, session.Feedback, cancellation).ConfigureAwait(false)).Count == 0) return;
        throw new QemuException(ErrorId.SnapshotExists, $"The machine '{machine.Name}' has a snapshot '{request.Name}' already.", "Use another name, or Remove-QemuSnapshot first.");
    }
}
