using System.Security;
using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Puts a machine back to a snapshot. What was written since it was taken is lost.</summary>
/// <param name="machine">The machine.</param>
/// <param name="name">The snapshot.</param>
/// <param name="start">A machine that is off is started afterwards; one whose snapshot has its memory goes on where it was.</param>
public sealed class MachineSnapshotRestore(Machine machine, string name, bool start)
{
    /// <summary>What opens encrypted images of a machine that is off.</summary>
    public SecureString? Passphrase { get; init; }

    /// <summary>How the machine shall start.</summary>
    public StartRequest Request { get; init; } = new();

    /// <summary>A machine that runs is left alone, whatever the snapshot has.</summary>
    public bool RequiresOff { get; init; }

    /// <summary>What it will do, to be shown.</summary>
    /// <exception cref="QemuException">What <see cref="RunAsync"/> throws before it does anything.</exception>
    public async Task<string> DescribeAsync(IFeedback feedback, CancellationToken cancellation)
    {
        var target = await SnapshotTarget.FindAsync(machine, name, feedback, cancellation).ConfigureAwait(false);
        var paths = string.Join(", ", target.Record.Images.Select(image => $"'{image.Path}'"));
        if (machine.FindProcess() is { } process)
        {
            RequireLive(target, process);
            return $"Put the running machine '{machine.Name}' back to the snapshot '{name}' with its memory (QMP snapshot-load) in {paths}";
        }

        if (target.Record.Kind == QemuSnapshotKind.External) return DescribeExternal(target);
        RequireUnshared(target);
        var steps = target.Record.Images.Select(image => DiskSnapshots.Describe("-a", name, image.Path)).ToList();
        if (SavedState.Exists(machine)) steps.Add($"Delete the saved memory '{new StateFile(machine).Path}', which belongs to what is lost");
        if (start) steps.Add(target.HasMemory ? $"Start '{machine.Name}' paused, load its memory (QMP snapshot-load){(Request.Paused ? "" : " and let it go on")}" : $"Start '{machine.Name}'");
        return string.Join("\n", steps);
    }

    /// <summary>Does it.</summary>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.SnapshotNotFound"/>, <see cref="ErrorId.VmRunning"/> for a snapshot of disks alone while the machine runs,
    /// <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words, and what a start throws.
    /// </exception>
    public async Task RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        SnapshotTarget target;
        await using (var session = await SnapshotSession.OpenAsync(machine, Passphrase, feedback, cancellation).ConfigureAwait(false))
        {
            target = await SnapshotTarget.FindAsync(machine, name, feedback, cancellation).ConfigureAwait(false);
            if (session.Live is not null)
            {
                if (machine.FindProcess() is { } process) RequireLive(target, process);
                await LoadAsync(session, target, cancellation).ConfigureAwait(false);
                return;
            }

            if (start) await RequireStartableAsync(target, feedback, cancellation).ConfigureAwait(false);
            await PutBackAsync(session, target, cancellation).ConfigureAwait(false);
        }

        if (target.HasMemory && !start) feedback.Warning($"The disks of '{machine.Name}' are those of '{name}'; its memory is loaded only with -Start.");
        if (start) await StartAsync(target, feedback, cancellation).ConfigureAwait(false);
    }

    private async Task PutBackAsync(SnapshotSession session, SnapshotTarget target, CancellationToken cancellation)
    {
        // All that can be known is looked at before the first disk changes.
        foreach (var image in SnapshotImages.Of(machine.Load()).Concat(target.Record.Images).Where(image => File.Exists(image.Path))) DiskFile.RequireUnlocked(image.Path);
        if (target.Record.Kind == QemuSnapshotKind.External)
        {
            var record = target.Record with { Images = new OverlayImages(machine).Plan(target.Record.Images, name, null) };
            session.Begin(SnapshotWork.Restore, record);
            SavedState.Discard(machine);
            await new ExternalSnapshots(session).RestoreAsync(record, cancellation).ConfigureAwait(false);
            return;
        }

        RequireUnshared(target);
        session.Begin(SnapshotWork.Restore, target.Record);
        foreach (var image in target.Record.Images)
        {
            await DiskSnapshots.RestoreAsync(image.Path, name, Passphrase, session.Feedback, cancellation).ConfigureAwait(false);
        }

        // Memory that was saved for other disks would destroy these.
        SavedState.Discard(machine);
        machine.Store.Save(SnapshotImages.Place(machine.Load(), target.Record.Images), session.Held);
        session.Keep(session.Document.At(name));
        OverlayImages.Sweep(session);
    }

    private string DescribeExternal(SnapshotTarget target)
    {
        var images = new OverlayImages(machine).Plan(target.Record.Images, name, null);
        return $"{string.Join("\n", images.Select(OverlayImages.Describe))}\nThen '{machine.Name}' goes on with these{(start ? " and is started" : "")}; what was written since '{name}' is deleted.";
    }

    // An image that an external snapshot has left as it was must stay so: what stands on it would change with it.
    private void RequireUnshared(SnapshotTarget target)
    {
        var document = new SnapshotFile(machine).Read();
        var others = document.Snapshots.Where(snapshot => snapshot.Kind == QemuSnapshotKind.External && snapshot.Images.Any(image => target.Record.Images.Any(own => own.Path == image.Path))).ToList();
        if (others.Count == 0) return;
        throw new QemuException(
            ErrorId.SnapshotInUse,
            $"'{name}' is inside of images that '{others[^1].Name}' has left as they were: to put them back would destroy that snapshot.",
            $"Remove-QemuSnapshot -Vm {ShellQuoting.PowerShell(machine.Name)} {ShellQuoting.PowerShell(others[^1].Name)}");
    }

    private async Task LoadAsync(SnapshotSession session, SnapshotTarget target, CancellationToken cancellation)
    {
        var live = session.Live!;
        // Asked before anything is begun: a machine that has other images open is told of here.
        await live.NodesAsync(target.Record.Images, cancellation).ConfigureAwait(false);
        await RequireFitAsync(live, target.Record, cancellation).ConfigureAwait(false);
        session.Begin(SnapshotWork.Restore, target.Record);
        session.Feedback.Progress(new WorkProgress($"Putting '{machine.Name}' back to '{name}'", "Reading the guest's memory", -1));
        await live.LoadAsync(name, target.Record.Images, cancellation).ConfigureAwait(false);
        session.Feedback.Progress(new WorkProgress($"Putting '{machine.Name}' back to '{name}'", "Done", 100));
        session.Keep(session.Document.At(name));
        if (start && !Request.Paused && !await live.IsGuestRunningAsync(cancellation).ConfigureAwait(false)) await live.ContinueAsync(cancellation).ConfigureAwait(false);
    }

    // QEMU finds it out when the disks are put back and the guest is lost.
    private async Task RequireFitAsync(LiveSnapshots live, SnapshotRecord record, CancellationToken cancellation)
    {
        if (record.Build is not { } then) return;
        var obstacles = then.ObstaclesIn(await MachineBuild.ReadAsync(machine, live.Connection, cancellation).ConfigureAwait(false));
        if (obstacles.Count == 0) return;
        throw new QemuException(
            ErrorId.VmRunning,
            $"The memory in '{name}' does not fit the running '{machine.Name}', which is another machine than it was then: {string.Join(", ", obstacles)}.",
            $"Stop-QemuVm {ShellQuoting.PowerShell(machine.Name)} -TurnOff; Restore-QemuSnapshot -Vm {ShellQuoting.PowerShell(machine.Name)} {ShellQuoting.PowerShell(name)} -Start   # builds it up as it was");
    }

    // The machine as it was when its memory was kept, with its present name and the images where they are now.
    private MachineBuild? BuildFor(SnapshotTarget target) => target.Record.Build is { } then && machine.Load() is var now
        ? then with { Definition = SnapshotImages.Place(then.Definition with { Name = now.Name, Id = now.Id }, target.Record.Images) }
        : null;

    private void WarnOfChanges(MachineBuild build, IFeedback feedback)
    {
        var changed = build.DifferencesTo(machine.Load());
        if (changed.Count > 0) feedback.Warning($"'{machine.Name}' goes on as it was when '{name}' was taken; what was changed in its definition since ({string.Join(", ", changed)}) takes effect when it is started anew.");
    }

    private async Task StartAsync(SnapshotTarget target, IFeedback feedback, CancellationToken cancellation)
    {
        var build = BuildFor(target);
        if (build is not null) WarnOfChanges(build, feedback);
        await MachineStart.StartAsync(machine, Request with { Paused = Request.Paused || target.HasMemory, NoPreflight = true, Build = build }, feedback, cancellation).ConfigureAwait(false);
        if (!target.HasMemory) return;
        try
        {
            await using var session = await SnapshotSession.OpenAsync(machine, Passphrase, feedback, cancellation).ConfigureAwait(false);
            await LoadAsync(session, target, cancellation).ConfigureAwait(false);
        }
        catch (QemuException)
        {
            // A machine without its memory that waits for nobody knows what would only puzzle: it is off again, with its disks put back.
            await MachineStop.TurnOffAsync(machine, feedback, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    // What would make the start fail is found before something is lost for it.
    private async Task RequireStartableAsync(SnapshotTarget target, IFeedback feedback, CancellationToken cancellation)
    {
        var definition = machine.Load();
        if (definition.Template) throw MachineStart.IsTemplate(machine);
        if (Request.NoPreflight) return;
        // New overlays will be on the images of an external snapshot, which are not written to.
        var writes = target.Record.Kind == QemuSnapshotKind.Internal;
        await Preflight.RequireAsync(machine, BuildFor(target)?.Definition ?? SnapshotImages.Place(definition, target.Record.Images), writes, feedback, cancellation).ConfigureAwait(false);
    }

    private void RequireLive(SnapshotTarget target, int process)
    {
        var (vm, snapshot) = (ShellQuoting.PowerShell(machine.Name), ShellQuoting.PowerShell(name));
        if (RequiresOff)
        {
            throw new QemuException(
                ErrorId.VmAlreadyRunning,
                $"The machine '{machine.Name}' runs already (pid {process}).",
                target.HasMemory ? $"Restore-QemuSnapshot -Vm {vm} {snapshot}   # puts the running machine back" : $"Stop-QemuVm {vm}; Start-QemuVm {vm} -FromSnapshot {snapshot}");
        }

        if (target.HasMemory) return;
        throw new QemuException(
            ErrorId.VmRunning,
            $"'{name}' is of the disks of '{machine.Name}' alone, and the machine is running: what its guest has in memory does not fit them.",
            $"Stop-QemuVm {vm}; Restore-QemuSnapshot -Vm {vm} {snapshot} -Start");
    }
}
