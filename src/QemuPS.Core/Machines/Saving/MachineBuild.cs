using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>What a QEMU has to be built up of for a guest's memory to fit. It is kept with the memory.</summary>
/// <param name="Definition">The definition the machine ran with, with what its start decided.</param>
/// <param name="Devices">Its devices, each in its place; null in what an older version kept.</param>
internal sealed record MachineBuild(VmDefinition Definition, DeviceLayout? Devices)
{
    // What neither the guest nor QEMU sees.
    private static readonly string[] Unseen = ["name", "notes", "tag", "creationTime", "protected", "template", "version", "$schema"];

    // What is no device and has to be the same all the same.
    private static readonly string[] OfMachine = ["machineType", "accelerator", "memoryStartupBytes", "processorCount", "cpuModel", "vga", "qemuArgument"];

    /// <summary>Reads it from a running machine.</summary>
    public static async Task<MachineBuild> ReadAsync(Machine machine, QmpConnection monitor, CancellationToken cancellation) =>
        new(await AsStartedAsync(machine, monitor, cancellation).ConfigureAwait(false), await DeviceLayout.ReadAsync(monitor, cancellation).ConfigureAwait(false));

    /// <summary>Reads it from a document, with the paths it has there.</summary>
    public static MachineBuild Parse(JsonElement root, string source) => new(
        DefinitionJson.Read(JsonSerializer.SerializeToUtf8Bytes(root.GetProperty("definition")), source),
        root.TryGetProperty("devices", out var devices) && devices.ValueKind == JsonValueKind.Array ? DeviceLayout.Parse(devices) : null);

    /// <summary>Writes it into a document.</summary>
    public void WriteTo(JsonObject document)
    {
        document["definition"] = JsonNode.Parse(DefinitionJson.Write(Definition));
        document["devices"] = Devices?.ToJson();
    }

    /// <summary>Throws where a QEMU could not be built up like that again: the memory would fit nothing.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/></exception>
    public void RequireKnown(Machine machine)
    {
        var arguments = CommandLineBuilder.Build(Definition with { UsbDevices = [] }, machine.Folder, Definition.Accelerator, []);
        var ofTheHost = Definition.UsbDevices.SelectMany(device => new[] { device.Id, device.Id + UsbArguments.PeerSuffix }).ToHashSet();
        var strangers = Devices!.Strangers(arguments, ofTheHost);
        if (strangers.Count == 0) return;
        throw new QemuException(ErrorId.LiveChangeFailed, $"QEMU has devices that the definition does not know of, or that the guest has not let go of yet: {string.Join(", ", strangers)}");
    }

    /// <summary>The arguments for a QEMU that is built up like this.</summary>
    public IReadOnlyList<string> Apply(IReadOnlyList<string> arguments) => Devices?.Apply(arguments) ?? arguments;

    /// <summary>The members of the definition that are others now.</summary>
    public IReadOnlyList<string> DifferencesTo(VmDefinition now)
    {
        var (then, present) = (Members(Definition with { MachineType = now.MachineType, Accelerator = now.Accelerator }), Members(now));
        return [.. then.Select(member => member.Key).Union(present.Select(member => member.Key)).Where(name => !Unseen.Contains(name) && !JsonNode.DeepEquals(then[name], present[name]))];
    }

    /// <summary>Why this memory does not fit a QEMU that runs; none where it does.</summary>
    public IReadOnlyList<string> ObstaclesIn(MachineBuild running)
    {
        var (then, present) = (Members(Definition), Members(running.Definition));
        return [.. OfMachine.Where(name => !JsonNode.DeepEquals(then[name], present[name])), .. Devices?.DifferencesTo(running.Devices!) ?? []];
    }

    // The very machine type that "pc" stood for, the accelerator that "Auto" chose, and the memory that a balloon has taken from.
    private static async Task<VmDefinition> AsStartedAsync(Machine machine, QmpConnection monitor, CancellationToken cancellation)
    {
        Task<JsonElement> Ask(string command) => monitor.ExecuteAsync(command, null, Machine.AnswerTimeout, cancellation);

        var definition = machine.LoadStarted();
        var machines = await Ask("query-machines").ConfigureAwait(false);
        var kvm = await Ask("query-kvm").ConfigureAwait(false);
        var memory = await Ask("query-memory-size-summary").ConfigureAwait(false);
        var versioned = machines.EnumerateArray().FirstOrDefault(one => one.TryGetProperty("alias", out var alias) && alias.GetString() == definition.MachineType);
        return definition with
        {
            MachineType = versioned.ValueKind == JsonValueKind.Object ? versioned.GetProperty("name").GetString()! : definition.MachineType,
            Accelerator = kvm.GetProperty("enabled").GetBoolean() ? VmAccelerator.Kvm : VmAccelerator.Tcg,
            MemoryStartupBytes = memory.GetProperty("base-memory").GetUInt64(),
        };
    }

    private static JsonObject Members(VmDefinition definition) => JsonNode.Parse(DefinitionJson.Write(definition))!.AsObject();
}
