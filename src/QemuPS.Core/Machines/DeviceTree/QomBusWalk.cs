using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// Walks from the machine's own bus over its devices to their buses, as <c>info qtree</c> does, by the object model: a bus links
/// its devices as <c>child[N]</c>, a device has its buses as children (hw/core/bus.c of QEMU). All questions of a level go in one
/// write, so it takes two round trips a level, however many devices there are. What is left is QEMU's time for a question.
/// </summary>
internal sealed class QomBusWalk(QmpConnection connection, CancellationToken cancellation)
{
    private const string RootBus = "/machine/unattached/sysbus";
    private const string RootType = "System";
    private const string LinkName = "child[";
    private const string LinkType = "link<";
    private const string ChildType = "child<";
    private const int QuestionsOfBus = 2;

    private HashSet<string> _busTypes = [];
    private HashSet<string> _pciTypes = [];

    /// <summary>All devices on buses, those nearer to the machine's own first, and what QEMU says of its PCI functions.</summary>
    public async Task<(IReadOnlyList<QomDevice> Devices, PciFunctions Functions)> ReadAsync()
    {
        var root = new QomBus(RootBus, RootType, BusPlaces.Of(RootType), null);
        var first = await AskAsync([Implementing("bus"), Implementing("PCI"), PciFunctions.Question, .. QuestionsAbout(root)]).ConfigureAwait(false);
        _busTypes = NamesOf(first[0]);
        _pciTypes = NamesOf(first[1]);

        var found = new List<QomDevice>();
        IReadOnlyList<QomBus> buses = [root];
        for (var answers = first.Skip(3); buses.Count > 0; answers = await AskAsync([.. buses.SelectMany(QuestionsAbout)]).ConfigureAwait(false))
        {
            var devices = await DevicesAsync([.. buses.Zip(answers.Chunk(QuestionsOfBus), LinksOf).SelectMany(links => links)]).ConfigureAwait(false);
            found.AddRange(devices);
            buses = [.. devices.SelectMany(device => device.Buses)];
        }

        return (found, PciFunctions.Parse(first[2]));
    }

    private async Task<IReadOnlyList<QomDevice>> DevicesAsync(IReadOnlyList<Link> links)
    {
        var answers = await AskAsync([.. links.SelectMany(link => link.Questions)]).ConfigureAwait(false);
        var devices = new List<QomDevice>();
        var next = 0;
        foreach (var link in links)
        {
            var own = answers.Skip(next).Take(link.Questions.Count).ToList();
            next += own.Count;
            // What has no answer was unplugged meanwhile.
            if (own[0].ValueKind == JsonValueKind.String && own[1].ValueKind == JsonValueKind.Array) devices.Add(ToDevice(link, own));
        }

        return devices;
    }

    private QomDevice ToDevice(Link link, List<JsonElement> answers)
    {
        var place = answers.GetRange(2, link.Bus.Places.Properties.Count);
        var hotpluggable = link.MayGo && answers[^1].ValueKind == JsonValueKind.True;
        var buses = new List<QomBus>();
        var device = new QomDevice(answers[0].GetString()!, link.Type, link.Bus, link.Number, hotpluggable, BusPlaces.Read(place)) { Buses = buses };
        buses.AddRange(from member in answers[1].EnumerateArray()
                       let type = Unwrap(member, ChildType)
                       where type is not null && _busTypes.Contains(type)
                       select new QomBus($"{device.Path}/{NameOf(member)}", type, _pciTypes.Contains(type) ? BusPlaces.Pci : BusPlaces.Of(type), device));
        return device;
    }

    // Nothing goes from a bus without a handler for that (hw/core/qdev.c, qbus_is_hotpluggable): its devices need not be asked.
    private static IEnumerable<QmpQuestion> QuestionsAbout(QomBus bus) => [List(bus.Path), Get(bus.Path, "hotplug-handler")];

    private static IEnumerable<Link> LinksOf(QomBus bus, JsonElement[] answers)
    {
        var mayGo = answers[1].ValueKind == JsonValueKind.String && answers[1].GetString() is { Length: > 0 };
        return answers[0].ValueKind != JsonValueKind.Array
            ? []
            : from member in answers[0].EnumerateArray()
              where NameOf(member).StartsWith(LinkName, StringComparison.Ordinal)
              select new Link(bus, NameOf(member), Unwrap(member, LinkType)!, mayGo);
    }

    private Task<IReadOnlyList<JsonElement>> AskAsync(IReadOnlyList<QmpQuestion> questions) => connection.AskAsync(questions, Machine.AnswerTimeout, cancellation);

    private static QmpQuestion Implementing(string type) => new("qom-list-types", new JsonObject { ["implements"] = type, ["abstract"] = true });

    private static QmpQuestion List(string path) => new("qom-list", new JsonObject { ["path"] = path });

    private static QmpQuestion Get(string path, string property) => new("qom-get", new JsonObject { ["path"] = path, ["property"] = property });

    private static string NameOf(JsonElement member) => member.GetProperty("name").GetString()!;

    private static HashSet<string> NamesOf(JsonElement types) => types.EnumerateArray().Select(NameOf).ToHashSet(StringComparer.Ordinal);

    private static string? Unwrap(JsonElement member, string wrapping) =>
        member.GetProperty("type").GetString()! is var type && type.StartsWith(wrapping, StringComparison.Ordinal) ? type[wrapping.Length..^1] : null;

    // A bus's link to a device. Paths go through links: the device is asked before its own path is known.
    private sealed record Link(QomBus Bus, string Name, string Type, bool MayGo)
    {
        public int Number => int.Parse(Name.AsSpan(LinkName.Length).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture);

        public IReadOnlyList<QmpQuestion> Questions { get; } =
        [
            Get(Bus.Path, Name),
            List($"{Bus.Path}/{Name}"),
            .. Bus.Places.Properties.Select(property => Get($"{Bus.Path}/{Name}", property)),
            .. MayGo ? new[] { Get($"{Bus.Path}/{Name}", "hotpluggable") } : [],
        ];
    }
}
