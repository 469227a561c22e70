using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Starts machines.</summary>
public static class MachineStart
{
    internal const string Program = "qemu-system-x86_64";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The program and the arguments a start would run now.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="definition">A definition for it; null for its own, or that of its saved state.</param>
    /// <param name="request">How it shall start.</param>
    /// <param name="feedback">Hears what is done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.KvmUnavailable"/>, <see cref="ErrorId.SavedStateInvalid"/></exception>
    public static async Task<IReadOnlyList<string>> PlanAsync(Machine machine, VmDefinition? definition, StartRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var saved = definition is not null || request.DiscardState ? null : SavedState.Find(machine);
        var decided = await VirtioFsDaemon.DecideAsync(definition ?? saved?.Definition ?? machine.Load(), feedback, cancellation).ConfigureAwait(false);
        return await PlanAsync(machine, decided, request, saved, feedback, cancellation).ConfigureAwait(false);
    }

    /// <summary>Starts the machine. When this returns, QEMU runs and answers.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="request">How it shall start.</param>
    /// <param name="feedback">Hears what is done.</param>
    /// <param name="cancellation">Stops the attempt; a QEMU that has come up by then is ended.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmAlreadyRunning"/>, <see cref="ErrorId.VmIsTemplate"/>, what a check before the start says, <see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.KvmUnavailable"/>,
    /// <see cref="ErrorId.SavedStateInvalid"/>, <see cref="ErrorId.VmStartFailed"/> with QEMU's words.</exception>
    public static async Task StartAsync(Machine machine, StartRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var now = machine.Load();
        if (machine.FindProcess() is { } running && !await FinishSavingAsync(machine, feedback, cancellation).ConfigureAwait(false)) throw AlreadyRunning(machine, running);

        if (request.DiscardState) SavedState.Discard(machine);
        var saved = request.Build is null ? SavedState.Find(machine) : null;
        if (saved is not null) RequireState(machine, saved, request, now, feedback);
        var build = saved?.Build ?? request.Build;
        var definition = build?.Definition ?? now;
        if (now.Template) throw IsTemplate(machine);
        if (!request.NoPreflight) await Preflight.RequireAsync(machine, definition, writesDisks: !request.Ephemeral, feedback, cancellation).ConfigureAwait(false);
        // What is decided anew at each start is not what the machine is.
        var decided = await VirtioFsDaemon.DecideAsync(definition, feedback, cancellation).ConfigureAwait(false);
        // What no argument can say is told to QEMU before the guest runs.
        var prepare = MachinePreparation.IsNeeded(definition);
        var command = await PlanAsync(machine, decided, request with { Paused = request.Paused || prepare }, saved, feedback, cancellation).ConfigureAwait(false);
        machine.Folder.Create();
        machine.Folder.Sweep();
        File.Delete(machine.Folder.Log);
        using var overlays = await EphemeralDisks.CreateAsync(machine, definition, request.Ephemeral, cancellation).ConfigureAwait(false);
        CaptureFile.Prepare(definition, feedback);
        await FirmwareVariables.EnsureAsync(definition.Firmware, feedback, cancellation).ConfigureAwait(false);
        await TpmEmulator.StartAsync(machine, definition, feedback, cancellation).ConfigureAwait(false);
        StartedDefinition.Keep(machine.Folder, definition);
        // VFIO locks the guest's memory, within the limit that QEMU inherits.
        using var raised = definition.PciDevices.Count > 0 ? MemoryLockLimit.RaiseForChildren() : null;
        await StartSharingAsync(machine, decided, feedback, cancellation).ConfigureAwait(false);
        await RunAsync(machine, command, feedback, cancellation).ConfigureAwait(false);
        if (prepare && saved is null) await PrepareAsync(machine, definition, resume: !request.Paused, feedback, cancellation).ConfigureAwait(false);
        if (request.Ephemeral) new RuntimeMarks(machine.Folder).Set(RuntimeMarks.Ephemeral, machine.Name);
        if (saved is not null) await MachineRestore.RunAsync(machine, saved, request.Paused, feedback, cancellation).ConfigureAwait(false);
        if (prepare && saved is not null) await PrepareAsync(machine, definition, resume: false, feedback, cancellation).ConfigureAwait(false);
    }

    // A machine that cannot be made what its definition says does not run.
    private static async Task PrepareAsync(Machine machine, VmDefinition definition, bool resume, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            await MachinePreparation.ApplyAsync(machine, definition, resume, feedback, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await MachineStop.TurnOffLockedAsync(machine, feedback, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Shuts the machine down and starts it as it was started before.</summary>
    /// <exception cref="QemuException">What <see cref="MachineStop.ShutDownAsync"/> and <see cref="StartAsync"/> throw.</exception>
    public static async Task RestartAsync(Machine machine, ShutdownRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        var isEphemeral = new RuntimeMarks(machine.Folder).Has(RuntimeMarks.Ephemeral, machine.Name);
        await MachineStop.ShutDownAsync(machine, request, feedback, cancellation).ConfigureAwait(false);
        await StartAsync(machine, new StartRequest(Ephemeral: isEphemeral), feedback, cancellation).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<string>> PlanAsync(Machine machine, VmDefinition definition, StartRequest request, SavedState? saved, IFeedback feedback, CancellationToken cancellation)
    {
        var qemu = Tool.Find(Program);
        var accelerator = await ChooseAcceleratorAsync(definition, feedback, cancellation).ConfigureAwait(false);
        var sandbox = definition.Sandbox ?? (await CapabilityCache.GetAsync(qemu, feedback, cancellation).ConfigureAwait(false)).HasSandbox;
        var planned = (request.Ephemeral ? EphemeralDisks.Redirect(machine, definition) : definition) with { Sandbox = sandbox };
        string[] pause = request.Paused && saved is null ? ["-S"] : [];
        string[] incoming = saved is null ? [] : ["-incoming", "defer"];
        var arguments = CommandLineBuilder.Build(planned, machine.Folder, accelerator, HostDevices(definition));
        return [Program, .. (saved?.Build ?? request.Build)?.Apply(arguments) ?? arguments, .. pause, .. incoming];
    }

    // Whoever saved it did not live to end its QEMU, which has nothing left to do.
    private static async Task<bool> FinishSavingAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        if (!SavedState.Exists(machine)) return false;
        await using (var monitor = await MachineEvents.ConnectAsync(machine, Machine.AnswerTimeout, cancellation).ConfigureAwait(false))
        {
            if (!await MachineSave.IsSavedAsync(machine, monitor, cancellation).ConfigureAwait(false)) return false;
        }

        await MachineStop.TurnOffLockedAsync(machine, feedback, cancellation).ConfigureAwait(false);
        return true;
    }

    private static void RequireState(Machine machine, SavedState saved, StartRequest request, VmDefinition now, IFeedback feedback)
    {
        if (request.Ephemeral) throw new QemuException(ErrorId.InvalidOption, $"'{machine.Name}' has a saved state, which goes on with its own disks.", $"Start-QemuVm '{machine.Name}' -DiscardState -Ephemeral");
        saved.RequireStream(machine);
        saved.RequireDisks(machine);
        var changed = saved.Build.DifferencesTo(now);
        if (changed.Count > 0) feedback.Warning($"'{machine.Name}' goes on as it was saved; what was changed in its definition since ({string.Join(", ", changed)}) takes effect when it is started anew.");
    }

    private static async Task StartSharingAsync(Machine machine, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            await VirtioFsDaemon.StartAsync(machine, definition, feedback, cancellation).ConfigureAwait(false);
        }
        catch
        {
            StopHelpers(machine);
            throw;
        }
    }

    private static void StopHelpers(Machine machine)
    {
        TpmEmulator.Stop(machine);
        VirtioFsDaemon.Stop(machine);
    }

    // The daemon outlives the process that is waited for here, so it is not this process that a cancellation has to end.
    private static async Task RunAsync(Machine machine, IReadOnlyList<string> command, IFeedback feedback, CancellationToken cancellation)
    {
        var result = await Tool.Find(command[0]).RunAsync([.. command.Skip(1)], StartTimeout, CancellationToken.None).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            StopHelpers(machine);
            machine.Folder.Sweep();
            throw StartFailed(machine, result);
        }

        machine.Folder.CloseToOthers();
        foreach (var line in result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries)) feedback.Verbose(line);
        if (!cancellation.IsCancellationRequested) return;
        await MachineStop.TurnOffLockedAsync(machine, feedback, CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    private static async Task<VmAccelerator> ChooseAcceleratorAsync(VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        if (definition.Accelerator == VmAccelerator.Tcg) return VmAccelerator.Tcg;

        var kvm = await Task.Run(KvmProbe.Examine, cancellation).ConfigureAwait(false);
        if (kvm.Works) return VmAccelerator.Kvm;
        if (definition.Accelerator == VmAccelerator.Kvm)
        {
            // Asked for by name, it is tried as long as it can be opened: the probe may be wrong about this guest.
            return kvm.CanOpen ? VmAccelerator.Kvm : throw new QemuException(ErrorId.KvmUnavailable, $"KVM cannot be used: {kvm.Reason}.", kvm.Fix);
        }

        feedback.Warning($"'{definition.Name}' runs without KVM, slowly: {kvm.Reason}.{(kvm.Fix is null ? "" : $" Try: {kvm.Fix}")}");
        return VmAccelerator.Tcg;
    }

    // Most machines have none, and need not wait for the bus to be read.
    private static IReadOnlyList<UsbDevice> HostDevices(VmDefinition definition) =>
        definition.UsbDevices.Count == 0 ? [] : UsbDevices.Read(SysfsRoot.FromEnvironment());

    internal static QemuException IsTemplate(Machine machine) =>
        new(ErrorId.VmIsTemplate, $"The machine '{machine.Name}' is a model for copies and is not started: what it writes would damage the disks based on its own.", $"Copy-QemuVm {ShellQuoting.PowerShell(machine.Name)} -Linked -NewName NAME, or Set-QemuVm {ShellQuoting.PowerShell(machine.Name)} -Template:$false");

    private static QemuException AlreadyRunning(Machine machine, int process) =>
        new(ErrorId.VmAlreadyRunning, $"The machine '{machine.Name}' runs already (pid {process}).");

    private static QemuException StartFailed(Machine machine, ToolResult result)
    {
        // What QEMU says before it reads -D is on its standard error, what it says after that is in the log.
        var log = File.Exists(machine.Folder.Log) ? File.ReadLines(machine.Folder.Log).TakeLast(5).ToList() : [];
        var words = string.Join(Environment.NewLine, result.StandardError.Length > 0 || log.Count == 0 ? [result.ErrorText, .. log] : log);
        return new QemuException(ErrorId.VmStartFailed, $"QEMU could not start '{machine.Name}': {words}", $"ConvertTo-QemuCommandLine '{machine.Name}' shows what was run.");
    }
}

/// <summary>How a machine shall start.</summary>
/// <param name="Paused">The guest waits for a resume.</param>
/// <param name="Ephemeral">What the guest writes to its disks is gone when the machine ends.</param>
/// <param name="DiscardState">A saved state is removed, and the machine starts anew.</param>
/// <param name="NoPreflight">It is not looked first at what would make it fail (<see cref="Preflight"/>).</param>
public sealed record StartRequest(bool Paused = false, bool Ephemeral = false, bool DiscardState = false, bool NoPreflight = false)
{
    /// <summary>How QEMU was built up when the memory was kept that it will be given; null for the machine's definition.</summary>
    internal MachineBuild? Build { get; init; }
}
