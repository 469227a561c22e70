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
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.KvmUnavailable"/></exception>
    public static async Task<IReadOnlyList<string>> PlanAsync(Machine machine, VmDefinition definition, bool paused, IFeedback feedback, CancellationToken cancellation)
    {
        Tool.Find(Program);
        var accelerator = await ChooseAcceleratorAsync(definition, feedback, cancellation).ConfigureAwait(false);
        string[] pause = paused ? ["-S"] : [];
        return [Program, .. CommandLineBuilder.Build(definition, machine.Folder, accelerator, HostDevices(definition)), .. pause];
    }

    /// <summary>Starts the machine. When this returns, QEMU runs and answers.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="paused">The guest waits for a resume.</param>
    /// <param name="feedback">Hears what is done.</param>
    /// <param name="cancellation">Stops the attempt; a QEMU that has come up by then is ended.</param>
    /// <param name="preflight">Looks first at what would make it fail (<see cref="Preflight"/>).</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmAlreadyRunning"/>, <see cref="ErrorId.VmIsTemplate"/>, <see cref="ErrorId.DiskHasOverlays"/>, what a check before the start says, <see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.KvmUnavailable"/>, <see cref="ErrorId.VmStartFailed"/> with QEMU's words.</exception>
    public static async Task StartAsync(Machine machine, bool paused, IFeedback feedback, CancellationToken cancellation, bool preflight = true)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        if (machine.FindProcess() is { } running) throw AlreadyRunning(machine, running);

        if (definition.Template) throw IsTemplate(machine);
        DiskUse.RequireNoOverlays(machine.Store, definition);
        if (preflight) await Preflight.RequireAsync(machine, definition, feedback, cancellation).ConfigureAwait(false);
        var command = await PlanAsync(machine, definition, paused, feedback, cancellation).ConfigureAwait(false);
        machine.Folder.Create();
        machine.Folder.Sweep();
        File.Delete(machine.Folder.Log);
        await FirmwareVariables.EnsureAsync(definition.Firmware, feedback, cancellation).ConfigureAwait(false);
        await TpmEmulator.StartAsync(machine, definition, feedback, cancellation).ConfigureAwait(false);
        StartedDefinition.Keep(machine.Folder, definition);
        // VFIO locks the guest's memory, within the limit that QEMU inherits.
        using var raised = definition.PciDevices.Count > 0 ? MemoryLockLimit.RaiseForChildren() : null;
        await RunAsync(machine, command, feedback, cancellation).ConfigureAwait(false);
    }

    // The daemon outlives the process that is waited for here, so it is not this process that a cancellation has to end.
    private static async Task RunAsync(Machine machine, IReadOnlyList<string> command, IFeedback feedback, CancellationToken cancellation)
    {
        var result = await Tool.Find(command[0]).RunAsync([.. command.Skip(1)], StartTimeout, CancellationToken.None).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            TpmEmulator.Stop(machine);
            machine.Folder.Sweep();
            throw StartFailed(machine, result);
        }

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
