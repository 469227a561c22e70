using System.Text.Json;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>What a running machine is asked, and what its answers say.</summary>
internal sealed class LiveQuestions
{
    private static readonly QmpQuestion Status = new("query-status");
    private static readonly QmpQuestion Kvm = new("query-kvm");
    private static readonly QmpQuestion Memory = new("query-memory-size-summary");
    private static readonly QmpQuestion Vnc = new("query-vnc");
    private static readonly QmpQuestion Spice = new("query-spice");
    private static readonly QmpQuestion Ports = QmpQuestion.Hmp("info usernet");

    private readonly List<QmpQuestion> _questions = [Status, Kvm, Memory];
    private QmpAnswers? _answers;

    /// <summary>The questions that this QEMU's command line and the machine's forwards give reason for: each costs QEMU a tenth of a millisecond.</summary>
    public LiveQuestions(QemuProcess? process, IReadOnlyList<VmPortForward> forwards)
    {
        if (process is not null && (process.Has("vnc") || process.Values("display").Any(display => display.StartsWith("vnc", StringComparison.Ordinal)))) _questions.Add(Vnc);
        if (process is not null && process.Has("spice")) _questions.Add(Spice);
        if (forwards.Any(forward => forward.HostPort == 0)) _questions.Add(Ports);
    }

    public Version Version => _answers!.Version;

    public string RunState => Of(Status).GetProperty("status").GetString()!;

    public VmAccelerator Accelerator => Of(Kvm) is { ValueKind: JsonValueKind.Object } kvm && kvm.GetProperty("enabled").GetBoolean() ? VmAccelerator.Kvm : VmAccelerator.Tcg;

    /// <summary>All answers by the questions' names.</summary>
    public IReadOnlyDictionary<string, object?> Raw =>
        _questions.Zip(_answers!.Answers).ToDictionary(pair => pair.First.Command, pair => JsonValue.ToObject(pair.Second), StringComparer.OrdinalIgnoreCase);

    public async Task AskAsync(IReadOnlyList<string> sockets, int process, CancellationToken cancellation) =>
        _answers = await MonitorInquiry.AskAsync(sockets, process, _questions, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);

    /// <summary>The guest's memory, with what was plugged in; null where QEMU does not tell.</summary>
    public ulong? MemoryBytes()
    {
        var memory = Of(Memory);
        if (memory.ValueKind != JsonValueKind.Object) return null;
        var plugged = memory.TryGetProperty("plugged-memory", out var bytes) ? bytes.GetUInt64() : 0;
        return memory.GetProperty("base-memory").GetUInt64() + plugged;
    }

    /// <summary>Where its display can be seen; null where it has none.</summary>
    public string? DisplayUri() => DisplayAddress.OfVnc(Of(Vnc)) ?? DisplayAddress.OfSpice(Of(Spice));

    public IReadOnlyList<VmPortForward> Resolve(IReadOnlyList<VmPortForward> forwards) =>
        Of(Ports) is { ValueKind: JsonValueKind.String } text ? UserNetworkPorts.Resolve(forwards, text.GetString()!) : forwards;

    private JsonElement Of(QmpQuestion question) => _questions.IndexOf(question) is >= 0 and var index ? _answers!.Answers[index] : default;
}
