using System.Text.Json;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Looks at QEMUs that run and that no machine of the store belongs to: somebody else started them, or their definition is gone.</summary>
public static class OrphanReader
{
    private static readonly QmpQuestion[] Questions =
    [
        new("query-status"), new("query-kvm"), new("query-memory-size-summary"), new("query-cpus-fast"),
        new("qom-get", new() { ["path"] = "/machine", ["property"] = "type" }),
    ];

    /// <summary>The processes of this host's QEMUs that no machine of the store belongs to.</summary>
    public static IReadOnlyList<QemuProcess> Find(VmStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var owned = store.Names().Select(name => new Machine(store, name).FindProcess()).OfType<int>().ToHashSet();
        return [.. QemuProcess.All().Where(process => !owned.Contains(process.ProcessId))];
    }

    /// <summary>The name an orphan is listed under: its own, or its program's with its process id.</summary>
    public static string NameOf(QemuProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return process.Name ?? $"{process.Program}-{process.ProcessId}";
    }

    /// <summary>Looks at orphans at once, and hands on each as soon as it is known.</summary>
    /// <param name="processes">The orphans.</param>
    /// <param name="store">The store they do not belong to.</param>
    /// <param name="found">Takes an orphan.</param>
    /// <param name="failed">Takes the name of one that cannot be looked at, and why.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task ReadAsync(IReadOnlyList<QemuProcess> processes, VmStore store, Action<QemuVm> found, Action<object, Exception> failed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(failed);
        var left = processes.Select(process => (process, reading: ReadAsync(process, store, cancellation))).ToList();
        while (left.Count > 0)
        {
            var done = await Task.WhenAny(left.Select(one => one.reading)).ConfigureAwait(false);
            var (process, reading) = left.Find(one => one.reading == done);
            left.Remove((process, reading));
            try
            {
                found(await reading.ConfigureAwait(false));
            }
            catch (QemuException error)
            {
                failed(NameOf(process), error);
            }
        }
    }

    /// <summary>The orphan as a machine, with what its command line and its monitor tell.</summary>
    public static async Task<QemuVm> ReadAsync(QemuProcess process, VmStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(store);
        var socket = process.QmpSockets.FirstOrDefault(File.Exists);
        var status = ProcessStatus.TryRead(process.ProcessId) ?? default;
        var host = HostMoment.Now();
        var vm = Describe(process, status, host) with { QmpSocketPath = socket ?? "" };
        if (MachineOf(process, store) is { } name) return vm with { Status = $"the machine '{name}' of this store, started with another XDG_RUNTIME_DIR" };
        if (socket is null) return vm with { Status = "no QMP socket" };
        try
        {
            var answers = await MonitorInquiry.AskAsync([socket], process.ProcessId, Questions, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            return AddAnswers(vm, answers, status, host);
        }
        catch (QemuException error)
        {
            // It may belong to another user, and hang.
            return vm with { Status = error.Message };
        }
    }

    private static QemuVm Describe(QemuProcess process, ProcessStatus status, HostMoment host) => new()
    {
        Name = NameOf(process),
        Id = process.Id ?? Guid.Empty,
        State = VmState.Orphaned,
        ProcessId = process.ProcessId,
        Uptime = status.UptimeAt(host.Uptime),
        MemoryStartup = 0,
        ProcessorCount = 0,
        Accelerator = VmAccelerator.Auto,
        MachineType = "",
        QmpSocketPath = "",
        LogPath = process.Log ?? "",
        Path = "",
        CreationTime = host.BootTime + status.StartTime,
    };

    private static QemuVm AddAnswers(QemuVm vm, QmpAnswers answers, ProcessStatus status, HostMoment host)
    {
        var processors = answers.Answers[3] is { ValueKind: JsonValueKind.Array } list ? list.GetArrayLength() : 1;
        var memory = answers.Answers[2] is { ValueKind: JsonValueKind.Object } sizes ? sizes.GetProperty("base-memory").GetUInt64() : 0;
        return vm with
        {
            Status = answers.Answers[0].GetProperty("status").GetString()!,
            Accelerator = answers.Answers[1] is { ValueKind: JsonValueKind.Object } kvm && kvm.GetProperty("enabled").GetBoolean() ? VmAccelerator.Kvm : VmAccelerator.Tcg,
            MemoryStartup = memory,
            MemoryAssigned = memory,
            ProcessorCount = processors,
            CPUUsage = ProcessorUsage.Since($"/proc/{vm.ProcessId}", status, status.UptimeAt(host.Uptime), processors),
            MachineType = answers.Answers[4] is { ValueKind: JsonValueKind.String } type ? type.GetString()!.Replace("-machine", "", StringComparison.Ordinal) : "",
            QemuVersion = answers.Version,
            Raw = Questions.Zip(answers.Answers).ToDictionary(pair => pair.First.Command, pair => JsonValue.ToObject(pair.Second), StringComparer.OrdinalIgnoreCase),
        };
    }

    // A session without XDG_RUNTIME_DIR looks for its machines in another place: it is no stranger's.
    private static string? MachineOf(QemuProcess process, VmStore store) =>
        process is { Id: { } id, Name: { } name } && store.Contains(name) && store.Load(name).Id == id ? name : null;
}
