using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>The network adapters of machines: what the definition says, what the running QEMU says and what the guest's agent says, together.</summary>
public static class MachineAdapterReader
{
    // Addresses are worth a glance and no wait: an agent that lives answers within a few milliseconds.
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    /// <summary>All adapters of a machine, those of its definition first.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> throws, and what QEMU's silence is told by.</exception>
    /// <param name="machine">The machine.</param>
    /// <param name="feedback">Hears why a guest's addresses are not known.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IReadOnlyList<QemuVmNetworkAdapter>> ReadAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var defined = machine.Load().NetworkAdapters;
        if (machine.FindProcess() is not { } process) return [.. defined.Select(adapter => Describe(machine, adapter, isDefined: true))];

        QmpQuestion network = QmpQuestion.Hmp(LiveAdapter.Question), channels = new("query-chardev");
        var answers = await MonitorInquiry.AskAsync(machine.Folder.Monitors, process, [network, channels], Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var live = LiveAdapter.Parse(answers.Answers[0].GetString() ?? "");
        var adapters = Join(machine, defined, live);
        return MachineAgent.IsListening(answers.Answers[1]) == true ? await AddAddressesAsync(machine, adapters, feedback, cancellation).ConfigureAwait(false) : adapters;
    }

    /// <summary>One adapter of a machine.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmDeviceNotFound"/>, and what <see cref="ReadAsync(Machine, IFeedback, CancellationToken)"/> throws.</exception>
    public static async Task<QemuVmNetworkAdapter> ReadAsync(Machine machine, string id, IFeedback feedback, CancellationToken cancellation) =>
        (await ReadAsync(machine, feedback, cancellation).ConfigureAwait(false)).FirstOrDefault(adapter => adapter.Id == id) ?? throw NotFound(machine, id);

    /// <summary>The error for an adapter that a machine has not.</summary>
    public static QemuException NotFound(Machine machine, string id) =>
        new(ErrorId.VmDeviceNotFound, $"'{machine?.Name}' has no network adapter '{id}'.", $"Get-QemuVmNetworkAdapter {Processes.ShellQuoting.PowerShell(machine?.Name ?? "")}");

    /// <summary>The error for an adapter that QemuPS did not make.</summary>
    internal static QemuException Foreign(Machine machine, string id) =>
        new(ErrorId.NotSupported, $"The network adapter '{id}' of '{machine.Name}' comes from an argument of QEMU's own, and has no name by which it could be changed.", $"(Get-QemuVm {Processes.ShellQuoting.PowerShell(machine.Name)}).Definition.qemuArgument");

    /// <summary>The networks of the running QEMU.</summary>
    internal static async Task<IReadOnlyList<LiveAdapter>> LiveAsync(QmpConnection connection, CancellationToken cancellation)
    {
        var answer = await connection.ExecuteAsync("human-monitor-command", new() { ["command-line"] = LiveAdapter.Question }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return LiveAdapter.Parse(answer.GetString()!);
    }

    private static List<QemuVmNetworkAdapter> Join(Machine machine, IReadOnlyList<VmNetworkAdapter> defined, IReadOnlyList<LiveAdapter> live)
    {
        var started = machine.LoadStarted().NetworkAdapters;
        var marks = new RuntimeMarks(machine.Folder);
        var all = new List<QemuVmNetworkAdapter>();
        foreach (var id in defined.Select(adapter => adapter.Id).Concat(live.Select(adapter => adapter.Id)).Distinct())
        {
            var isDefined = defined.Any(adapter => adapter.Id == id);
            var found = live.FirstOrDefault(adapter => adapter.Id == id);
            // What runs is what it was started with; the definition may have another of that name by now.
            var known = (found is null ? null : started.FirstOrDefault(adapter => adapter.Id == id)) ?? defined.FirstOrDefault(adapter => adapter.Id == id);
            all.Add(found is null ? Describe(machine, known!, isDefined) : Add(Describe(machine, known, id, isDefined), found, machine, marks));
        }

        return all;
    }

    private static QemuVmNetworkAdapter Describe(Machine machine, VmNetworkAdapter adapter, bool isDefined) => Describe(machine, adapter, adapter.Id, isDefined);

    private static QemuVmNetworkAdapter Describe(Machine machine, VmNetworkAdapter? adapter, string id, bool isDefined) => new()
    {
        VmName = machine.Name,
        Id = id,
        Model = adapter?.Model,
        MacAddress = adapter?.MacAddress.ToLowerInvariant(),
        Network = adapter?.Network,
        Bridge = adapter?.Bridge,
        TapName = adapter?.TapName,
        LocalEndpoint = adapter?.LocalEndpoint,
        RemoteEndpoint = adapter?.RemoteEndpoint,
        Restricted = adapter?.Restricted ?? false,
        LinkState = adapter?.LinkState ?? VmLinkState.Up,
        CapturePath = adapter?.CapturePath,
        Status = QemuVmNetworkAdapterStatus.Defined,
        Persisted = isDefined,
    };

    private static QemuVmNetworkAdapter Add(QemuVmNetworkAdapter adapter, LiveAdapter live, Machine machine, RuntimeMarks marks) => adapter with
    {
        Model = adapter.Model ?? live.Model,
        MacAddress = live.MacAddress ?? adapter.MacAddress,
        // A bridge is a tap to QEMU, once its helper has made it.
        Network = adapter.Network ?? live.Network,
        LinkState = AdapterLink.Read(machine, adapter.Id),
        CapturePath = live.CapturePath,
        Connection = live.Connection.Length > 0 ? live.Connection : null,
        Status = !live.IsPlugged ? QemuVmNetworkAdapterStatus.Unplugged
            : marks.Has(RuntimeMarks.Unplugging, NetworkArguments.DeviceId(adapter.Id)) ? QemuVmNetworkAdapterStatus.PendingGuest
            : QemuVmNetworkAdapterStatus.Attached,
    };

    private static async Task<IReadOnlyList<QemuVmNetworkAdapter>> AddAddressesAsync(Machine machine, IReadOnlyList<QemuVmNetworkAdapter> adapters, IFeedback feedback, CancellationToken cancellation)
    {
        var interfaces = await AskAgentAsync(machine, feedback, cancellation).ConfigureAwait(false);
        return [.. adapters.Select(adapter => adapter.Status is QemuVmNetworkAdapterStatus.Attached or QemuVmNetworkAdapterStatus.PendingGuest ? adapter with { IPAddresses = AddressesOf(adapter, interfaces) } : adapter)];
    }

    private static IReadOnlyList<string> AddressesOf(QemuVmNetworkAdapter adapter, IReadOnlyList<QemuGuestNetworkInterface> interfaces) =>
        GuestAddresses.Reachable(interfaces.Where(each => string.Equals(each.MacAddress, adapter.MacAddress, StringComparison.OrdinalIgnoreCase)));

    private static async Task<IReadOnlyList<QemuGuestNetworkInterface>> AskAgentAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Glance);
        try
        {
            await using var agent = new AgentSession(machine, Glance);
            var answer = await agent.ExecuteAsync("guest-network-get-interfaces", null, limit.Token).ConfigureAwait(false);
            return answer.ValueKind == JsonValueKind.Array ? [.. answer.EnumerateArray().Select(GuestReader.ToInterface)] : [];
        }
        catch (Exception error) when (error is QemuException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // An agent that is busy, hangs or may not tell: Get-QemuGuest asks it with patience.
            feedback.Verbose($"'{machine.Name}': its agent did not tell at once which addresses the guest has: {error.Message}");
            return [];
        }
    }
}
