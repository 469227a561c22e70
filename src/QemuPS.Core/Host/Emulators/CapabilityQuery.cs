using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>
/// Asks an emulator what it can do: a QEMU without a machine that answers on its standard output
/// (docs/interop/qmp-spec.txt). All questions are sent at once.
/// </summary>
internal static partial class CapabilityQuery
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly string[] NoMachine = ["-machine", "none", "-nodefaults", "-no-user-config", "-display", "none", "-qmp", "stdio"];

    private static readonly string[] Questions =
    [
        """{"execute":"query-target","id":"target"}""",
        """{"execute":"query-machines","id":"machines"}""",
        """{"execute":"query-cpu-definitions","id":"cpus"}""",
        """{"execute":"qom-list-types","arguments":{"implements":"accel"},"id":"accelerators"}""",
        // There is no QMP command that tells which devices a user may add, and of which category they are.
        """{"execute":"human-monitor-command","arguments":{"command-line":"info qdm"},"id":"devices"}""",
        """{"execute":"query-command-line-options","arguments":{"option":"sandbox"},"id":"sandbox"}""",
    ];

    /// <summary>Asks for everything in <see cref="QemuCapabilities"/>.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/>, <see cref="ErrorId.ToolTimeout"/></exception>
    public static async Task<QemuCapabilities> AskAsync(Tool qemu, CancellationToken cancellation)
    {
        var displays = qemu.RunAsync(["-display", "help"], Limit, cancellation);
        var answers = await AskAsync(qemu, Questions, cancellation).ConfigureAwait(false);
        var greeting = answers["greeting"].GetProperty("version");
        var version = greeting.GetProperty("qemu");
        return new QemuCapabilities
        {
            Version = new Version(Number(version, "major"), Number(version, "minor"), Number(version, "micro")),
            Package = greeting.GetProperty("package").GetString()!,
            Target = Return(qemu, answers, "target").GetProperty("arch").GetString()!,
            MachineTypes = MachineTypes(Return(qemu, answers, "machines")),
            CpuModels = CpuModels(answers.GetValueOrDefault("cpus")),
            Accelerators = Accelerators(Return(qemu, answers, "accelerators")),
            Devices = Devices(Return(qemu, answers, "devices").GetString()!),
            Displays = Displays((await displays.ConfigureAwait(false)).StandardOutput),
            HasSandbox = answers["sandbox"].TryGetProperty("return", out _),
        };
    }

    /// <summary>Asks for the whole QMP schema (docs/devel/qapi-code-gen.rst, "Client JSON Protocol introspection").</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/>, <see cref="ErrorId.ToolTimeout"/></exception>
    public static async Task<JsonElement> AskSchemaAsync(Tool qemu, CancellationToken cancellation)
    {
        var answers = await AskAsync(qemu, ["""{"execute":"query-qmp-schema","id":"schema"}"""], cancellation).ConfigureAwait(false);
        return Return(qemu, answers, "schema");
    }

    private static async Task<Dictionary<string, JsonElement>> AskAsync(Tool qemu, string[] questions, CancellationToken cancellation)
    {
        var answers = new Dictionary<string, JsonElement>();
        var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = await qemu.RunAsync(NoMachine, Limit, cancellation, outputLine: Hear, input: SpeakAsync).ConfigureAwait(false);
        return answers.Count == questions.Length + 1 ? answers : throw result.ToException(ErrorId.ToolFailed);

        void Hear(string line)
        {
            if (line.Length == 0) return;
            using var document = JsonDocument.Parse(line);
            var message = document.RootElement.Clone();
            if (message.TryGetProperty("QMP", out var greeting)) answers["greeting"] = greeting;
            else if (message.TryGetProperty("id", out var id)) answers[id.GetString()!] = message;
            if (answers.Count == questions.Length + 1) complete.TrySetResult();
        }

        // A QEMU that is told to quit does not wait until its last words were read.
        async Task SpeakAsync(Stream input, CancellationToken ended)
        {
            await WriteAsync(input, ["""{"execute":"qmp_capabilities"}""", .. questions], ended).ConfigureAwait(false);
            await complete.Task.WaitAsync(ended).ConfigureAwait(false);
            await WriteAsync(input, ["""{"execute":"quit"}"""], ended).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(Stream input, string[] lines, CancellationToken cancellation)
    {
        await input.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), cancellation).ConfigureAwait(false);
        await input.FlushAsync(cancellation).ConfigureAwait(false);
    }

    private static JsonElement Return(Tool qemu, Dictionary<string, JsonElement> answers, string id) =>
        answers[id].TryGetProperty("return", out var value) ? value : throw new QemuException(ErrorId.ToolFailed, $"'{qemu.Path}' does not tell what it can do: {answers[id].GetProperty("error").GetProperty("desc").GetString()}");

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static bool IsTrue(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.GetBoolean();

    private static IReadOnlyList<QemuMachineType> MachineTypes(JsonElement machines) =>
        [.. from machine in machines.EnumerateArray()
            let name = machine.GetProperty("name").GetString()!
            where name != "none"
            let alias = machine.TryGetProperty("alias", out var given) ? given.GetString() : null
            orderby alias is null, NaturalKey(name)
            select new QemuMachineType(name, alias, IsTrue(machine, "is-default"), IsTrue(machine, "deprecated"), Number(machine, "cpu-max"))];

    // An emulator without such models answers with an error.
    private static IReadOnlyList<QemuCpuModel> CpuModels(JsonElement answer) => answer.TryGetProperty("return", out var models)
        ? [.. from model in models.EnumerateArray()
              let name = model.GetProperty("name").GetString()!
              orderby NaturalKey(name)
              select new QemuCpuModel(name, IsTrue(model, "deprecated"), IsTrue(model, "migration-safe"))]
        : [];

    private static IReadOnlyList<string> Accelerators(JsonElement types) =>
        [.. from type in types.EnumerateArray()
            let name = type.GetProperty("name").GetString()!
            where name.EndsWith("-accel", StringComparison.Ordinal)
            select name[..^"-accel".Length] into name
            where name != "qtest"
            orderby name
            select name];

    /// <summary>The devices of <c>info qdm</c>, a line each below its category; what is marked no-user QEMU alone may use.</summary>
    internal static IReadOnlyList<QemuDeviceModel> Devices(string text)
    {
        var devices = new List<QemuDeviceModel>();
        var category = "";
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.EndsWith(" devices:", StringComparison.Ordinal)) category = line[..^" devices:".Length];
            var match = DeviceLine().Match(line);
            if (!match.Success || line.EndsWith("no-user", StringComparison.Ordinal)) continue;
            devices.Add(new QemuDeviceModel(match.Groups["name"].Value, Value(match, "alias"), category, Value(match, "bus"), Value(match, "desc")));
        }

        // Some are in more than one category.
        return [.. devices.DistinctBy(device => device.Name).OrderBy(device => device.Name, StringComparer.Ordinal)];
    }

    private static string? Value(Match match, string group) => match.Groups[group].Success ? match.Groups[group].Value : null;

    // The first line is a heading.
    private static IReadOnlyList<string> Displays(string text) =>
        [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains(' ', StringComparison.Ordinal))];

    // pc-q35-10.0 comes behind pc-q35-9.2.
    private static string NaturalKey(string name) => Digits().Replace(name, match => match.Value.PadLeft(6, '0'));

    [GeneratedRegex("""^name "(?<name>[^"]+)"(, bus (?<bus>[^,]+))?(, alias "(?<alias>[^"]+)")?(, desc "(?<desc>.*?)")?(, no-user)?$""")]
    private static partial Regex DeviceLine();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
