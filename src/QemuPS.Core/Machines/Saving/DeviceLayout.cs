using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// The devices of a running QEMU and where they sit. A guest's memory fits only a QEMU that has the same devices in the same
/// places (docs/devel/migration of QEMU), and what came while the guest ran sits elsewhere than where a start would put it.
/// </summary>
internal sealed class DeviceLayout
{
    private const int Functions = 8;
    private const string Path = HotPlug.Devices;

    // What says where a device sits: PCI, SCSI, USB, virtio-serial (hw/*/*-bus.c of QEMU), processors that came later. A root
    // port has a number called "port" as well, which is none of these.
    private static readonly (string Name, string Type)[] Places =
    [
        ("addr", "int32"), ("channel", "uint32"), ("scsi-id", "uint32"), ("lun", "uint32"), ("port", "str"), ("nr", "uint32"),
        ("socket-id", "int32"), ("die-id", "int32"), ("core-id", "int32"), ("thread-id", "int32"),
    ];

    // With these a root port is made again.
    private static readonly string[] OfPorts = ["chassis", "slot"];

    private static readonly string[] Known = ["driver", "id", "bus", .. OfPorts, .. Places.Select(place => place.Name)];

    private readonly Dictionary<string, JsonObject> _devices;

    private DeviceLayout(IEnumerable<JsonObject> devices) => _devices = devices.ToDictionary(IdOf);

    /// <summary>Reads it from a QEMU whose guest is stopped.</summary>
    public static async Task<DeviceLayout> ReadAsync(QmpConnection monitor, CancellationToken cancellation)
    {
        var devices = new List<JsonObject>();
        var members = await AskAsync(monitor, "qom-list", new JsonObject { ["path"] = Path }, cancellation).ConfigureAwait(false);
        foreach (var (id, driver) in members.EnumerateArray().Select(Child).OfType<(string, string)>())
        {
            devices.Add(await ReadAsync(monitor, id, driver, cancellation).ConfigureAwait(false));
        }

        return new DeviceLayout(devices);
    }

    /// <summary>From what <see cref="ToJson"/> has written. It may come from somebody else: it says where devices sit, and nothing more of them.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static DeviceLayout Parse(JsonElement devices) => new(devices.EnumerateArray().Select(ParseDevice));

    /// <summary>The devices, to be kept.</summary>
    public JsonArray ToJson() => new([.. _devices.Values.Select(device => device.DeepClone())]);

    /// <summary>The devices that QEMU has and nothing here can make again: whoever added them did it behind the definition's back.</summary>
    /// <param name="arguments">What QEMU would be started with.</param>
    /// <param name="known">What is not in the arguments and known all the same.</param>
    public IReadOnlyList<string> Strangers(IReadOnlyList<string> arguments, IReadOnlySet<string> known) =>
        [.. Missing(arguments, Devices(arguments)).Where(device => Again(device) is null && !known.Contains(IdOf(device))).Select(device => $"'{IdOf(device)}' ({device["driver"]})")];

    /// <summary>The devices that are others in another layout, or elsewhere.</summary>
    public IReadOnlyList<string> DifferencesTo(DeviceLayout other) =>
        [.. _devices.Keys.Union(other._devices.Keys).Where(id => !JsonNode.DeepEquals(_devices.GetValueOrDefault(id), other._devices.GetValueOrDefault(id))).Select(id => $"'{id}'")];

    /// <summary>The arguments for a QEMU that has these devices and no others, each in its place.</summary>
    public IReadOnlyList<string> Apply(IReadOnlyList<string> arguments)
    {
        var placed = new List<string>();
        var devices = Devices(arguments);
        var again = Missing(arguments, devices).Select(Again).OfType<JsonObject>().ToList();
        // A controller may sit behind a port, and comes after all of them.
        var lastPort = Array.FindLastIndex(devices, device => device is not null && IsPort(device));
        foreach (var device in again.Where(IsPort)) Add(placed, device);
        for (var index = 0; index < arguments.Count; index++)
        {
            if (devices[index] is not { } device)
            {
                placed.Add(arguments[index]);
                continue;
            }

            if (index > lastPort) AddAll(placed, again);
            index++;
            if (!_devices.TryGetValue(IdOf(device), out var there)) continue;
            Add(placed, Place(device, there));
        }

        return placed;
    }

    private static JsonObject ParseDevice(JsonElement device)
    {
        var members = device.EnumerateObject().ToList();
        var isPlace = members.TrueForAll(member => Known.Contains(member.Name) && member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number);
        if (!isPlace || !members.Exists(member => member.Name == "id") || !members.Exists(member => member.Name == "driver")) throw new FormatException($"'{device}' is not where a device sits");
        return new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, JsonNode.Parse(member.Value.GetRawText()))));
    }

    private static JsonObject Place(JsonObject device, JsonObject place)
    {
        foreach (var (name, value) in place.Where(member => member.Key != "driver")) device[name] = value?.DeepClone();
        return device;
    }

    private static void AddAll(List<string> placed, List<JsonObject> again)
    {
        foreach (var device in again.Where(device => !IsPort(device))) Add(placed, device);
        again.Clear();
    }

    private static void Add(List<string> arguments, JsonObject device) => arguments.AddRange(["-device", QemuOption.Json(device)]);

    private IEnumerable<JsonObject> Missing(IReadOnlyList<string> arguments, JsonObject?[] devices)
    {
        var there = devices.OfType<JsonObject>().Select(IdOf).ToHashSet();
        // What the user's own arguments name is in them as it was.
        return _devices.Values.Where(device => !there.Contains(IdOf(device)) && !arguments.Any(argument => argument.Contains($"id={IdOf(device)}", StringComparison.Ordinal)));
    }

    // Controllers stay when the last of their devices has gone, and ports when their device has. Processors that came while the
    // guest ran are devices, where the others are a number.
    private static JsonObject? Again(JsonObject device)
    {
        JsonObject? made = IdOf(device) switch
        {
            DriveArguments.ScsiId => DriveArguments.ScsiController(),
            UsbArguments.ControllerId => UsbArguments.Xhci(),
            _ when IsPort(device) || IsProcessor(device) => new JsonObject { ["driver"] = (string?)device["driver"] },
            _ => null,
        };
        return made is null ? null : Place(made, device);
    }

    // Those of ours, each at the place of its -device.
    private static JsonObject?[] Devices(IReadOnlyList<string> arguments) => [.. Enumerable.Range(0, arguments.Count).Select(index => Device(arguments, index))];

    // A device of ours: with an id, in JSON.
    private static JsonObject? Device(IReadOnlyList<string> arguments, int index) =>
        arguments[index] == "-device" && index + 1 < arguments.Count && arguments[index + 1].StartsWith('{') && JsonNode.Parse(arguments[index + 1]) is JsonObject device && device.ContainsKey("id")
            ? device
            : null;

    private static bool IsPort(JsonObject device) => (string?)device["driver"] == "pcie-root-port" && HotplugPorts.IsPort(IdOf(device));

    private static bool IsProcessor(JsonObject device) => device.ContainsKey("socket-id") && ((string)device["driver"]!).EndsWith("-cpu", StringComparison.Ordinal);

    private static string IdOf(JsonObject device) => (string)device["id"]!;

    private static (string Id, string Driver)? Child(JsonElement member) =>
        member.GetProperty("type").GetString() is { } type && type.StartsWith("child<", StringComparison.Ordinal) ? (member.GetProperty("name").GetString()!, type[6..^1]) : null;

    private static async Task<JsonObject> ReadAsync(QmpConnection monitor, string id, string driver, CancellationToken cancellation)
    {
        var device = new JsonObject { ["driver"] = driver, ["id"] = id };
        var members = await AskAsync(monitor, "qom-list", new JsonObject { ["path"] = $"{Path}/{id}" }, cancellation).ConfigureAwait(false);
        var known = members.EnumerateArray().Select(member => (member.GetProperty("name").GetString()!, member.GetProperty("type").GetString()!)).ToHashSet();
        foreach (var (name, _) in Places.Where(known.Contains))
        {
            var value = await GetAsync(monitor, id, name, cancellation).ConfigureAwait(false);
            device[name] = name == "addr" ? Slot(value.GetInt32()) : JsonNode.Parse(value.GetRawText());
        }

        if (driver == "pcie-root-port")
        {
            foreach (var name in OfPorts) device[name] = JsonNode.Parse((await GetAsync(monitor, id, name, cancellation).ConfigureAwait(false)).GetRawText());
        }

        // A bus is named by the end of its path; a processor has none.
        if (device.Count > 2 && (await GetAsync(monitor, id, "parent_bus", cancellation).ConfigureAwait(false)).GetString() is { Length: > 0 } bus) device["bus"] = bus.Split('/')[^1];
        return device;
    }

    private static string Slot(int address) => string.Create(CultureInfo.InvariantCulture, $"{address / Functions:x}.{address % Functions}");

    private static Task<JsonElement> GetAsync(QmpConnection monitor, string id, string property, CancellationToken cancellation) =>
        AskAsync(monitor, "qom-get", new JsonObject { ["path"] = $"{Path}/{id}", ["property"] = property }, cancellation);

    private static Task<JsonElement> AskAsync(QmpConnection monitor, string command, JsonObject arguments, CancellationToken cancellation) =>
        monitor.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
