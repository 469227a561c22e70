using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Changes what a running QEMU can change of its machine: the memory through a balloon, the number of processors by plugging some in.</summary>
internal sealed class MachineLiveChange(Machine machine, QmpConnection connection, CancellationToken cancellation)
{
    // What only the start of QEMU decides (qapi/machine.json and qapi/misc.json have no command for them).
    private static readonly (string Name, Func<VmDefinition, VmDefinition, bool> Differs)[] AtStartOnly =
    [
        ("CpuModel", (a, b) => a.CpuModel != b.CpuModel),
        ("BootOrder", (a, b) => !a.BootOrder.SequenceEqual(b.BootOrder)),
        ("SecureBoot", (a, b) => a.Firmware != b.Firmware),
        ("Tpm", (a, b) => a.Tpm != b.Tpm),
        ("Display", (a, b) => a.Display != b.Display || a.DisplayPort != b.DisplayPort),
        ("QemuArgument", (a, b) => !a.QemuArgument.SequenceEqual(b.QemuArgument)),
    ];

    /// <summary>Makes the running machine what a definition says.</summary>
    /// <param name="now">What it runs with.</param>
    /// <param name="next">What it shall be.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/>; what comes after the failed part was not tried.</exception>
    public async Task ApplyAsync(VmDefinition now, VmDefinition next)
    {
        foreach (var (name, differs) in AtStartOnly)
        {
            if (differs(now, next)) throw Failed($"its {name} is read by QEMU when it starts and at no other time");
        }

        if (next.ProcessorCount < now.ProcessorCount) throw Failed("a guest does not give processors back");
        if (next.MemoryStartupBytes != now.MemoryStartupBytes) await SetMemoryAsync(next.MemoryStartupBytes).ConfigureAwait(false);
        if (next.ProcessorCount > now.ProcessorCount) await AddProcessorsAsync(next.ProcessorCount).ConfigureAwait(false);
    }

    private async Task SetMemoryAsync(ulong bytes)
    {
        var summary = await connection.ExecuteAsync("query-memory-size-summary", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var most = summary.GetProperty("base-memory").GetUInt64();
        if (bytes > most) throw Failed($"it was started with {SizeText.From(most)}, and a balloon only takes from that");
        await ExecuteAsync("balloon", new JsonObject { ["value"] = bytes }).ConfigureAwait(false);
    }

    // Those that are not there yet have no qom-path (qapi/machine.json, HotpluggableCPU); the present ones come last in the list.
    private async Task AddProcessorsAsync(int count)
    {
        var sockets = await connection.ExecuteAsync("query-hotpluggable-cpus", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var present = sockets.EnumerateArray().Where(socket => socket.TryGetProperty("qom-path", out _)).Sum(Processors);
        var free = sockets.EnumerateArray().Where(socket => !socket.TryGetProperty("qom-path", out _)).Reverse().ToList();
        if (present + free.Sum(Processors) < count) throw Failed($"QEMU was started with room for {present + free.Sum(Processors)} processors");
        foreach (var socket in free)
        {
            if (present >= count) return;
            await ExecuteAsync("device_add", Device(socket, present)).ConfigureAwait(false);
            present += Processors(socket);
        }
    }

    private static int Processors(JsonElement socket) => socket.GetProperty("vcpus-count").GetInt32();

    private static JsonObject Device(JsonElement socket, int number)
    {
        var device = new JsonObject { ["driver"] = socket.GetProperty("type").GetString(), ["id"] = string.Create(CultureInfo.InvariantCulture, $"cpu{number}") };
        foreach (var property in socket.GetProperty("props").EnumerateObject()) device[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        return device;
    }

    private async Task ExecuteAsync(string command, JsonObject arguments)
    {
        try
        {
            await connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw Failed(error.Message, error);
        }
    }

    private QemuException Failed(string reason, Exception? inner = null) =>
        new(ErrorId.LiveChangeFailed, $"'{machine.Name}' cannot be changed while it runs: {reason}.", "Without -Live the change is made for the next start.", inner);
}
