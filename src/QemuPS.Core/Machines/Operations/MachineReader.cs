using System.Diagnostics;
using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Looks at machines: what is defined, what runs, how it is.</summary>
public static class MachineReader
{
    /// <summary>The machine as it is now.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> throws. A QEMU that does not answer is a state, not an error.</exception>
    public static async Task<QemuVm> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        var definition = machine.Load();
        var vm = Describe(machine, definition);
        return machine.FindProcess() is { } process
            ? await AddLiveStateAsync(machine, vm, process, cancellation).ConfigureAwait(false)
            : vm with { Status = WhyOff(machine) };
    }

    private static QemuVm Describe(Machine machine, VmDefinition definition) => new()
    {
        Name = definition.Name,
        Id = definition.Id,
        State = VmState.Off,
        MemoryStartup = definition.MemoryStartupBytes,
        ProcessorCount = definition.ProcessorCount,
        Accelerator = definition.Accelerator,
        MachineType = definition.MachineType,
        Disks = definition.Drives,
        NetworkAdapters = definition.NetworkAdapters,
        PortForwards = definition.NetworkAdapters.SelectMany(adapter => adapter.PortForwards).ToList(),
        UsbPassthrough = definition.UsbDevices,
        QmpSocketPath = machine.Folder.QmpSocket,
        LogPath = machine.Folder.Log,
        Path = machine.Store.PathOf(machine.Name),
        Notes = definition.Notes,
        Tag = definition.Tag,
        CreationTime = definition.CreationTime,
        Source = definition,
    };

    private static async Task<QemuVm> AddLiveStateAsync(Machine machine, QemuVm vm, int process, CancellationToken cancellation)
    {
        var alive = vm with { ProcessId = process, Uptime = UptimeOf(process), MemoryAssigned = vm.MemoryStartup };
        try
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            var status = await AskAsync(connection, "query-status", cancellation).ConfigureAwait(false);
            var kvm = await AskAsync(connection, "query-kvm", cancellation).ConfigureAwait(false);
            var runState = status.GetProperty("status").GetString()!;
            return alive with
            {
                State = VmStates.FromRunState(runState),
                Status = runState,
                Accelerator = kvm.GetProperty("enabled").GetBoolean() ? VmAccelerator.Kvm : VmAccelerator.Tcg,
                QemuVersion = connection.Version,
            };
        }
        catch (QemuException error) when (error.Id is ErrorId.QmpBusy or ErrorId.QmpTimeout or ErrorId.QmpConnectionFailed or ErrorId.QmpOutcomeUnknown or ErrorId.VmNotRunning)
        {
            // It may have ended while it was asked.
            return machine.FindProcess() is null
                ? vm with { Status = WhyOff(machine) }
                : alive with { State = VmState.Unresponsive, Status = error.Message };
        }
    }

    private static Task<JsonElement> AskAsync(QmpConnection connection, string question, CancellationToken cancellation) =>
        connection.ExecuteAsync(question, null, Machine.AnswerTimeout, cancellation);

    private static TimeSpan UptimeOf(int process)
    {
        try
        {
            using var qemu = Process.GetProcessById(process);
            return DateTime.Now - qemu.StartTime;
        }
        catch (ArgumentException)
        {
            return TimeSpan.Zero;
        }
    }

    // QEMU removes its pid file when it ends in order; one that is left says that it was killed or crashed.
    private static string WhyOff(Machine machine)
    {
        if (!File.Exists(machine.Folder.PidFile)) return "";
        var last = LastLine(machine.Folder.Log);
        return last is null ? "QEMU ended unexpectedly" : $"QEMU ended unexpectedly, its last words: {last}";
    }

    private static string? LastLine(string log) =>
        File.Exists(log) ? File.ReadLines(log).LastOrDefault(line => line.Trim().Length > 0) : null;
}
