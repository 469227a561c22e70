using System.Text.Json;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Looks at machines: what is defined, what runs, how it is.</summary>
public static class MachineReader
{
    /// <summary>The machine as it is now.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> throws. A QEMU that does not answer is a state, not an error.</exception>
    public static Task<QemuVm> ReadAsync(Machine machine, CancellationToken cancellation) => ReadAsync(machine, HostMoment.Now(), cancellation);

    /// <summary>The same for who looks at many.</summary>
    internal static async Task<QemuVm> ReadAsync(Machine machine, HostMoment host, CancellationToken cancellation)
    {
        var vm = Describe(machine, machine.Load());
        // It may end while it is asked.
        return machine.FindProcess() is { } process && await TryAddLiveStateAsync(machine, vm, process, host, cancellation).ConfigureAwait(false) is { } alive
            ? alive
            : AddEnding(machine, vm, host);
    }

    private static QemuVm Describe(Machine machine, VmDefinition definition)
    {
        var forwards = definition.NetworkAdapters.SelectMany(adapter => adapter.PortForwards).ToList();
        return new()
        {
            Name = definition.Name,
            Id = definition.Id,
            State = VmState.Off,
            MemoryStartup = definition.MemoryStartupBytes,
            ProcessorCount = definition.ProcessorCount,
            Accelerator = definition.Accelerator,
            MachineType = definition.MachineType,
            Generation = definition.Firmware is null ? 1 : 2,
            Disks = definition.Drives,
            NetworkAdapters = definition.NetworkAdapters,
            PortForwards = forwards,
            UsbPassthrough = definition.UsbDevices,
            PciPassthrough = definition.PciDevices,
            SshArguments = SshArguments(forwards),
            QmpSocketPath = machine.Folder.QmpSocket,
            LogPath = machine.Folder.Log,
            Path = machine.Store.PathOf(machine.Name),
            Notes = definition.Notes,
            Tag = definition.Tag,
            CreationTime = definition.CreationTime,
            Source = definition,
        };
    }

    // null when there is no such process any more.
    private static async Task<QemuVm?> TryAddLiveStateAsync(Machine machine, QemuVm vm, int process, HostMoment host, CancellationToken cancellation)
    {
        if (ProcessStatus.TryRead(process) is not { } status) return await IsGoneAsync(process, cancellation).ConfigureAwait(false) ? null : vm with { ProcessId = process, State = VmState.Unresponsive, Status = "QEMU is ending" };
        var uptime = status.UptimeAt(host.Uptime);
        var alive = vm with
        {
            ProcessId = process,
            Uptime = uptime,
            MemoryAssigned = vm.MemoryStartup,
            PendingChanges = StartedDefinition.Find(machine.Folder) is { } started ? DefinitionChanges.Between(started, vm.Source!) : [],
            CPUUsage = ProcessorUsage.Since(machine.Folder.Path, status, uptime, vm.ProcessorCount),
        };
        // What a signal has stopped answers nobody: there is nothing to wait for.
        if (status.IsStopped) return alive with { State = VmState.Unresponsive, Status = $"a signal or a debugger has stopped QEMU; 'kill -CONT {process}' lets it go on" };
        try
        {
            var live = new LiveQuestions(QemuProcess.TryRead(process), vm.PortForwards);
            await live.AskAsync(machine.Folder.Monitors, process, cancellation).ConfigureAwait(false);
            return await AddAnswersAsync(machine, alive, live, process, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (IsNoAnswer(error))
        {
            if (machine.FindProcess() != process) return null;
            // Between the pid file and the socket there is a moment, and a lock that says that somebody is at it.
            return error.Id == ErrorId.QmpConnectionFailed && VmLock.IsHeld(machine.Folder.LockFile)
                ? alive with { State = VmState.Starting, Status = "QEMU is being started" }
                : alive with { State = VmState.Unresponsive, Status = error.Message };
        }
    }

    // A process that was killed lives on until the kernel has taken its memory back, and so do its locks.
    private static async Task<bool> IsGoneAsync(int process, CancellationToken cancellation)
    {
        using var ending = ProcessHandle.TryOpen(process);
        return ending is null || await ending.WaitForExitAsync(Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
    }

    private static async Task<QemuVm> AddAnswersAsync(Machine machine, QemuVm vm, LiveQuestions live, int process, CancellationToken cancellation)
    {
        var forwards = live.Resolve(vm.PortForwards);
        return vm with
        {
            State = VmStates.FromRunState(live.RunState),
            Status = live.RunState == VmStates.IoError ? await ExplainIoErrorAsync(machine, process, cancellation).ConfigureAwait(false) : Complaining(machine, live.RunState),
            Accelerator = live.Accelerator,
            MemoryAssigned = live.MemoryBytes() ?? vm.MemoryStartup,
            QemuVersion = live.Version,
            PortForwards = forwards,
            SshArguments = SshArguments(forwards),
            DisplayUri = live.DisplayUri(),
            Raw = live.Raw,
        };
    }

    // Nobody but who looks can know: there is no process of ours that watches.
    private static string Complaining(Machine machine, string runState) => SerialLog.Complaint(machine.Folder, SerialLog.DefaultLimitBytes) is { } complaint
        ? $"{runState}; {complaint} (Repair-QemuVm {ShellQuoting.PowerShell(machine.Name)} gives its older part up)"
        : runState;

    // Each drive tells what it met last (qapi/block-core.json, BlockDeviceIoStatus).
    private static async Task<string> ExplainIoErrorAsync(Machine machine, int process, CancellationToken cancellation)
    {
        var answers = await MonitorInquiry.AskAsync(machine.Folder.Monitors, process, [new QmpQuestion("query-block")], Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var troubles = IoTroubles(answers.Answers[0]).ToList();
        return troubles.Count == 0 ? VmStates.IoError : $"{VmStates.IoError}: {string.Join(", ", troubles)}";
    }

    private static IEnumerable<string> IoTroubles(JsonElement drives)
    {
        foreach (var drive in drives.EnumerateArray())
        {
            if (!drive.TryGetProperty("io-status", out var told) || told.GetString() is not { } status || status == "ok") continue;
            var name = NameOf(drive);
            yield return status == "nospace" ? $"the host has no space left for '{name}'" : $"the host cannot read or write '{name}'";
        }
    }

    // The device's id where it has one, the end of its QOM path where it has none.
    private static string NameOf(JsonElement drive)
    {
        var device = drive.GetProperty("device").GetString()!;
        if (device.Length > 0 || !drive.TryGetProperty("qdev", out var path)) return device;
        return path.GetString()!.Split('/').First(part => part is not ("" or "machine" or "peripheral"));
    }

    private static QemuVm AddEnding(Machine machine, QemuVm vm, HostMoment host)
    {
        ProcessorUsage.Forget(machine.Folder.Path);
        var state = new StateFile(machine);
        return state.IsThere
            ? vm with { State = VmState.Saved, Status = !state.IsReachable ? $"its state '{state.Path}' is not there" : state.IsElsewhere ? $"in '{state.Path}'" : vm.Status }
            : vm with { Status = MachineEnding.Explain(machine.Folder, host) };
    }

    // A port that the kernel will pick is not known before it has.
    private static IReadOnlyList<string> SshArguments(IReadOnlyList<VmPortForward> forwards)
    {
        const int ssh = 22;
        var forward = forwards.FirstOrDefault(forward => forward is { GuestPort: ssh, HostPort: not 0, Protocol: VmPortProtocol.Tcp });
        if (forward is null) return [];
        return ["-p", $"{forward.HostPort}", forward.HostAddress is "0.0.0.0" or "" ? "127.0.0.1" : forward.HostAddress];
    }

    private static bool IsNoAnswer(QemuException error) =>
        error.Id is ErrorId.QmpBusy or ErrorId.QmpTimeout or ErrorId.QmpConnectionFailed or ErrorId.QmpOutcomeUnknown or ErrorId.VmNotRunning;
}
