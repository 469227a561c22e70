using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Takes a QEMU that somebody started by hand, or with another program, for a machine of the store.</summary>
public sealed class MachineAdoption
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly QemuProcess _process;

    private MachineAdoption(QemuProcess process) => _process = process;

    /// <summary>The process.</summary>
    public int ProcessId => _process.ProcessId;

    // QEMU holds a lock on its pid file as long as it lives: that is how a machine's life is known.
    private string? PidFile => _process.Values("pidfile").LastOrDefault() is { } path ? Path.GetFullPath(path, _process.WorkingFolder ?? "/") : null;

    /// <summary>Finds the QEMU with a process id.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/> when it is no QEMU that runs a machine.</exception>
    public static MachineAdoption OfProcess(int processId) => new(QemuProcess.TryRead(processId)
        ?? throw new QemuException(ErrorId.VmNotFound, $"The process {processId} is no QEMU that runs a machine.", "Get-QemuVm -IncludeOrphaned"));

    /// <summary>Finds the QEMU that listens at a QMP socket.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/>, and what <see cref="QmpConnection.ConnectAsync"/> throws.</exception>
    public static async Task<MachineAdoption> OfSocketAsync(string path, CancellationToken cancellation)
    {
        await using var connection = await QmpConnection.ConnectAsync(path, Patience, cancellation).ConfigureAwait(false);
        return OfProcess(connection.PeerProcessId);
    }

    /// <summary>What it was started as.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidCommandLine"/>, <see cref="ErrorId.NotSupported"/></exception>
    public VmDefinition ToDefinition(string? name, IFeedback feedback) =>
        CommandLineReader.ReadWords(_process.CommandLine, new CommandLineSource(null, _process.WorkingFolder ?? "/") { VmName = name ?? _process.Name }, feedback) is var definition && _process.Id is { } id
            ? definition with { Id = id }
            : definition;

    /// <summary>Adds the machine, and takes the running QEMU for its own where it can be known and spoken to.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Add"/> throws.</exception>
    public async Task RunAsync(Machine machine, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(feedback);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        machine.Store.Add(definition, held);
        var sockets = _process.QmpSockets.Where(File.Exists).ToList();
        if (PidFile is not { } pid || !File.Exists(pid) || FileLocks.FindHolder(pid, 0, 0) != ProcessId || sockets.Count == 0)
        {
            feedback.Warning($"The QEMU with pid {ProcessId} has no {(sockets.Count == 0 ? "QMP socket" : "pid file")}: '{machine.Name}' is defined as it is, but cannot be watched or stopped before it is started anew.");
            return;
        }

        machine.Folder.Create();
        machine.Folder.Sweep();
        File.CreateSymbolicLink(machine.Folder.PidFile, pid);
        foreach (var (place, socket) in machine.Folder.Monitors.Zip(sockets)) File.CreateSymbolicLink(place, socket);
        if (_process.Log is { } log && File.Exists(log) && !File.Exists(machine.Folder.Log)) File.CreateSymbolicLink(machine.Folder.Log, log);
        feedback.Verbose($"'{machine.Name}' is the QEMU with pid {ProcessId}.");
    }
}
