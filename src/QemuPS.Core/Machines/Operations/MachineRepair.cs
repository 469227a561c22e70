using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Finds what crashes, kills and moved files have left a machine with, and mends it.</summary>
public sealed class MachineRepair
{
    private static readonly string[] Helpers = ["swtpm", "virtiofsd", "passt"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Machine _machine;
    private readonly RepairRequest _request;

    private MachineRepair(Machine machine, RepairRequest request)
    {
        _machine = machine;
        _request = request;
    }

    /// <summary>What is wrong with the machine. Nothing is changed yet.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="request">How far it may go.</param>
    /// <param name="cancellation">Stops the look.</param>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> throws.</exception>
    public static async Task<IReadOnlyList<RepairStep>> ExamineAsync(Machine machine, RepairRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(request);
        // Whoever holds the lock changes the very things that would be looked at.
        if (VmLock.IsHeld(machine.Folder.LockFile)) return [HeldLock(machine)];
        var repair = new MachineRepair(machine, request);
        var vm = await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false);
        IEnumerable<RepairStep> steps = vm.ProcessId is null ? repair.AfterItsEnd(vm) : vm.State == VmState.Unresponsive ? [repair.HungProcess(vm, vm.ProcessId.Value)] : [];
        return [.. steps, .. repair.LongLogs(), .. repair.PartialFiles(), .. vm.Disks.Where(IsMissing).Select(repair.MissingDisk)];
    }

    private static RepairStep HeldLock(Machine machine)
    {
        var holder = VmLock.FindHolder(machine.Folder.LockFile);
        var who = holder is { } id ? $"process {id} ({Path.GetFileName(ProcessTable.CommandLine(id).FirstOrDefault("?"))})" : "a process";
        return new RepairStep(VmRepair.ReportHeldLock, machine.Folder.LockFile, $"{who} works on the machine; wait for it, or end it: the kernel gives the lock back", null);
    }

    private IEnumerable<RepairStep> AfterItsEnd(QemuVm vm)
    {
        var why = vm.Status.Length > 0 ? vm.Status : "no QEMU runs";
        foreach (var (id, name) in OrphanedHelpers()) yield return new(VmRepair.EndOrphanedHelper, $"{name} (pid {id})", $"{why}; its helper was left", cancellation => EndHelperAsync(id, cancellation));
        foreach (var file in _machine.Folder.LeftBehind()) yield return new(VmRepair.RemoveStaleFile, file, why, cancellation => WhileOffAsync(() => File.Delete(file), cancellation));
    }

    private RepairStep HungProcess(QemuVm vm, int process)
    {
        var target = $"QEMU (pid {process})";
        if (ProcessStatus.TryRead(process) is { State: 'T' } && !_request.Force) return new(VmRepair.ContinueProcess, target, vm.Status, cancellation => ContinueAsync(process, cancellation));
        return _request.Force
            ? new(VmRepair.EndHungProcess, target, vm.Status, cancellation => EndAsync(process, cancellation))
            : new(VmRepair.EndHungProcess, target, $"{vm.Status}; -Force ends it, and what its guest has not written is lost", null);
    }

    private IEnumerable<RepairStep> LongLogs()
    {
        var limit = _request.SerialLogLimitBytes ?? SerialLog.DefaultLimitBytes;
        if (SerialLog.Complaint(_machine.Folder, limit) is not { } found) yield break;
        // Half of it stays: a log that is at its limit again with the next word is no help.
        yield return new(VmRepair.TrimSerialLog, _machine.Folder.SerialLog, $"{found}; its older part is given up", _ => Task.FromResult(Trim(limit / 2)));
    }

    private bool Trim(ulong kept)
    {
        if (!File.Exists(_machine.Folder.SerialLog)) return false;
        SerialLog.Trim(_machine.Folder, kept);
        return true;
    }

    private IEnumerable<RepairStep> PartialFiles() =>
        from file in Directory.EnumerateFiles(_machine.Store.FolderOf(_machine.Name), "vm.json.*.partial")
        select new RepairStep(VmRepair.RemovePartialFile, file, "a write of the definition was interrupted", cancellation => LockedAsync(_ => File.Delete(file), cancellation));

    private static bool IsMissing(VmDrive drive) => drive.Path is { } path && !File.Exists(path);

    private RepairStep MissingDisk(VmDrive drive)
    {
        var found = CandidatesFor(drive).ToList();
        return found.Count switch
        {
            1 => new(VmRepair.RelinkDisk, drive.Path!, $"'{drive.Id}' is found at '{found[0]}'", cancellation => LockedAsync(held => Relink(drive, found[0], held), cancellation)),
            0 => new(VmRepair.RelinkDisk, drive.Path!, $"the image of '{drive.Id}' is not there, and nowhere below the machine's folder or beside its other disks", null),
            _ => new(VmRepair.RelinkDisk, drive.Path!, $"the image of '{drive.Id}' is not there, and more than one file has its name: {string.Join(", ", found)}", null),
        };
    }

    // Files of the image's name that no other drive of the machine has.
    private IEnumerable<string> CandidatesFor(VmDrive drive)
    {
        var drives = _machine.Load().Drives;
        var taken = drives.Select(other => other.Path).OfType<string>().ToHashSet();
        var name = Path.GetFileName(drive.Path!);
        var beside = taken.Where(File.Exists).Select(path => Path.Combine(Path.GetDirectoryName(path)!, name)).Where(File.Exists);
        return Directory.EnumerateFiles(_machine.Store.FolderOf(_machine.Name), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) == name)
            .Concat(beside)
            .Where(file => !taken.Contains(file))
            .Distinct();
    }

    private void Relink(VmDrive drive, string path, VmLock held)
    {
        var definition = _machine.Load();
        _machine.Store.Save(definition with { Drives = [.. definition.Drives.Select(each => each.Id == drive.Id && each.Path == drive.Path ? each with { Path = path } : each)] }, held);
    }

    // Their command lines name sockets in the machine's runtime folder; a number in a pid file could be anybody's by now.
    private IEnumerable<(int Id, string Name)> OrphanedHelpers() =>
        from id in ProcessTable.All()
        let words = ProcessTable.CommandLine(id)
        let name = words.Take(2).Select(Path.GetFileName).FirstOrDefault(word => Helpers.Contains(word))
        where name is not null && words.Any(word => word.Contains(_machine.Folder.Path + "/", StringComparison.Ordinal))
        select (id, name);

    private Task<bool> EndHelperAsync(int id, CancellationToken cancellation) => WhileOffAsync(
        async () =>
        {
            // The handle is taken first and the look comes after it: the number cannot change hands in between.
            using var process = ProcessHandle.TryOpen(id);
            if (process is null || OrphanedHelpers().All(helper => helper.Id != id)) return;
            process.RequestEnd();
            if (await process.WaitForExitAsync(Patience, cancellation).ConfigureAwait(false)) return;
            process.Terminate();
            await process.WaitForExitAsync(Patience, cancellation).ConfigureAwait(false);
        },
        cancellation);

    private async Task<bool> ContinueAsync(int id, CancellationToken cancellation)
    {
        using var process = ProcessHandle.TryOpen(id);
        if (process is null || _machine.FindProcess() != id) return false;
        process.Continue();
        await _machine.ExecuteAsync("query-status", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> EndAsync(int id, CancellationToken cancellation)
    {
        using var process = ProcessHandle.TryOpen(id);
        if (process is null || _machine.FindProcess() != id) return false;
        process.Terminate();
        await process.WaitForExitAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        return await WhileOffAsync(_machine.Folder.Sweep, cancellation).ConfigureAwait(false);
    }

    private Task<bool> WhileOffAsync(Action work, CancellationToken cancellation) =>
        WhileOffAsync(() => { work(); return Task.CompletedTask; }, cancellation);

    // Somebody may have started it since it was looked at.
    private async Task<bool> WhileOffAsync(Func<Task> work, CancellationToken cancellation)
    {
        using var held = await _machine.LockAsync(cancellation).ConfigureAwait(false);
        if (_machine.FindProcess() is not null) return false;
        await work().ConfigureAwait(false);
        return true;
    }

    private async Task<bool> LockedAsync(Action<VmLock> work, CancellationToken cancellation)
    {
        using var held = await _machine.LockAsync(cancellation).ConfigureAwait(false);
        work(held);
        return true;
    }
}
