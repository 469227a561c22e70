using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Processes;

namespace QemuPS.Devices.Mdev;

/// <summary>A definition of a mediated device, as mdevctl keeps it.</summary>
/// <param name="Uuid">Its UUID: the file's name.</param>
/// <param name="Parent">Its parent: the folder's name.</param>
/// <param name="Type">The id of its type.</param>
/// <param name="AutoStart">mdevctl makes it whenever its parent appears.</param>
/// <param name="Attributes">What is written to its attributes when it was made, in that order.</param>
internal sealed record MdevDefinition(Guid Uuid, string Parent, string Type, bool AutoStart, IReadOnlyList<(string Name, string Value)> Attributes);

/// <summary>mdevctl's definitions, <c>/etc/mdevctl.d/PARENT/UUID</c> (mdevctl(8)): what either writes the other reads.</summary>
internal static class MdevDefinitions
{
    private const string Folder = "/etc/mdevctl.d";
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All definitions that can be read.</summary>
    public static IEnumerable<MdevDefinition> Read(SysfsRoot root) =>
        from parent in root.List(Folder)
        from name in root.List($"{Folder}/{parent}")
        where Guid.TryParseExact(name, "D", out _)
        let bytes = root.ReadBytes($"{Folder}/{parent}/{name}")
        let definition = bytes is null ? null : Parse(parent, Guid.Parse(name), bytes)
        where definition is not null
        select definition;

    /// <summary>The definition of a UUID; null where there is none.</summary>
    public static MdevDefinition? Find(SysfsRoot root, Guid uuid) => Read(root).FirstOrDefault(definition => definition.Uuid == uuid);

    /// <summary>Where a definition is.</summary>
    public static string PathOf(string parent, Guid uuid) => $"{Folder}/{parent}/{uuid:D}";

    /// <summary>Writes a definition.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static void Save(SysfsRoot root, MdevDefinition definition)
    {
        var path = root.Prefix + PathOf(definition.Parent, definition.Uuid);
        Try(path, () => Directory.CreateDirectory(Path.GetDirectoryName(path)!));
        AtomicFile.Write(path, Write(definition));
    }

    /// <summary>Forgets a definition, and its parent's folder with the last of them.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static void Remove(SysfsRoot root, MdevDefinition definition)
    {
        var path = root.Prefix + PathOf(definition.Parent, definition.Uuid);
        var folder = Path.GetDirectoryName(path)!;
        Try(path, () =>
        {
            File.Delete(path);
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        });
    }

    internal static byte[] Write(MdevDefinition definition) => JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject
        {
            ["mdev_type"] = definition.Type,
            ["start"] = definition.AutoStart ? "auto" : "manual",
            ["attrs"] = new JsonArray([.. definition.Attributes.Select(attribute => new JsonObject { [attribute.Name] = attribute.Value })]),
        },
        Readable);

    // A file that is no definition belongs to somebody else.
    internal static MdevDefinition? Parse(string parent, Guid uuid, byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object || Text(json, "mdev_type") is not { } type) return null;
            return new MdevDefinition(uuid, DeviceText.Clean(parent), type, Text(json, "start") == "auto", [.. Attributes(json)]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<(string Name, string Value)> Attributes(JsonElement json)
    {
        if (!json.TryGetProperty("attrs", out var list) || list.ValueKind != JsonValueKind.Array) yield break;
        foreach (var item in list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object))
        {
            foreach (var member in item.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String))
            {
                yield return (member.Name, member.Value.GetString()!);
            }
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? DeviceText.Clean(value.GetString()!) : null;

    private static void Try(string path, Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot change '{path}'", error);
        }
    }
}
