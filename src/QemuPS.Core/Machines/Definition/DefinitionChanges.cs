using System.Globalization;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>What differs between the machine that runs and its definition.</summary>
public static class DefinitionChanges
{
    // QEMU has no part in these.
    private static readonly HashSet<string> OfTheStore = ["$schema", "version", "name", "id", "creationTime", "notes", "tag", "protected", "template"];

    /// <summary>Each difference in a line: <c>MemoryStartupBytes: 1 GiB now, 2 GiB after restart</c>.</summary>
    public static IReadOnlyList<string> Between(VmDefinition running, VmDefinition defined) =>
        Compare(running, defined, (name, now, next) => $"{name}: {now} now, {next} after restart", OfTheStore);

    /// <summary>Everything that a change changes: <c>ProcessorCount: 1 -> 2</c>.</summary>
    public static IReadOnlyList<string> All(VmDefinition before, VmDefinition after) =>
        Compare(before, after, (name, old, changed) => $"{name}: {old} -> {changed}", []);

    private static IReadOnlyList<string> Compare(VmDefinition running, VmDefinition defined, Func<string, string, string, string> describe, HashSet<string> except)
    {
        using var now = JsonDocument.Parse(DefinitionJson.Write(running));
        using var next = JsonDocument.Parse(DefinitionJson.Write(defined));
        var names = now.RootElement.EnumerateObject().Concat(next.RootElement.EnumerateObject()).Select(member => member.Name).Distinct();
        return [.. names.Where(name => !except.Contains(name)).SelectMany(name => Compare(name, Member(now, name), Member(next, name), describe))];
    }

    private static JsonElement? Member(JsonDocument document, string name) => document.RootElement.TryGetProperty(name, out var value) ? value : null;

    private static IEnumerable<string> Compare(string name, JsonElement? now, JsonElement? next, Func<string, string, string, string> describe)
    {
        if (now?.GetRawText() == next?.GetRawText()) return [];
        var shown = char.ToUpperInvariant(name[0]) + name[1..];
        return IsOfDevices(now) || IsOfDevices(next) ? CompareDevices(shown, ById(now), ById(next)) : [describe(shown, Show(name, now), Show(name, next))];
    }

    private static IEnumerable<string> CompareDevices(string name, Dictionary<string, string> now, Dictionary<string, string> next) =>
        now.Keys.Union(next.Keys).Where(id => now.GetValueOrDefault(id) != next.GetValueOrDefault(id)).Select(id => (now.ContainsKey(id), next.ContainsKey(id)) switch
        {
            (true, true) => $"{name}: '{id}' is another one after restart",
            (true, false) => $"{name}: '{id}' is there until restart",
            _ => $"{name}: '{id}' is there after restart",
        });

    private static bool IsOfDevices(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } items && items.GetArrayLength() > 0 && items[0].ValueKind == JsonValueKind.Object;

    private static Dictionary<string, string> ById(JsonElement? list) =>
        list is { ValueKind: JsonValueKind.Array } items
            ? items.EnumerateArray().Select((item, index) => (Id: item.TryGetProperty("id", out var id) ? id.GetString()! : $"{index}", Text: item.GetRawText())).ToDictionary(item => item.Id, item => item.Text)
            : [];

    private static string Show(string name, JsonElement? value) => value switch
    {
        null => "none",
        { ValueKind: JsonValueKind.Array } items => items.GetArrayLength() == 0 ? "none" : string.Join(' ', items.EnumerateArray().Select(item => item.ToString())),
        { ValueKind: JsonValueKind.Number } size when name.EndsWith("Bytes", StringComparison.Ordinal) && size.TryGetUInt64(out var bytes) => SizeText.From(bytes),
        { } other => string.Create(CultureInfo.InvariantCulture, $"{other}"),
    };
}
