using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The document as JSON. Paths below the machine's folder are relative to it: the folder may be moved.</summary>
/// <param name="folder">The machine's folder.</param>
internal sealed class SnapshotJson(string folder)
{
    private const int Version = 1;
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[] Write(SnapshotDocument document)
    {
        var json = new JsonObject { ["version"] = Version, ["current"] = document.Current, ["snapshots"] = new JsonArray([.. document.Snapshots.Select(Write)]) };
        if (document.Overlays.Count > 0) json["overlays"] = new JsonArray([.. document.Overlays.Select(path => (JsonNode)Shorten(path))]);
        if (document.Pending is { } pending) json["pending"] = new JsonObject { ["work"] = pending.Work.ToString(), ["snapshot"] = Write(pending.Snapshot) };
        return Encoding.UTF8.GetBytes(json.ToJsonString(Readable) + "\n");
    }

    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="FormatException">It is no such document.</exception>
    public SnapshotDocument Read(ReadOnlySpan<byte> text)
    {
        try
        {
            var json = JsonNode.Parse(text) as JsonObject ?? throw new FormatException("it is not an object");
            if ((int?)json["version"] != Version) throw new FormatException($"its version is {json["version"]}, and this QemuPS knows version {Version}");
            var document = new SnapshotDocument
            {
                Current = (string?)json["current"],
                Snapshots = [.. json["snapshots"]!.AsArray().Select(Read)],
                Overlays = [.. (json["overlays"]?.AsArray() ?? []).Select(path => Lengthen((string)path!))],
                Pending = json["pending"] is { } pending ? new PendingSnapshot(Enum.Parse<SnapshotWork>((string)pending["work"]!), Read(pending["snapshot"])) : null,
            };
            RequireTree(document);
            return document;
        }
        catch (Exception error) when (error is InvalidOperationException or NullReferenceException or ArgumentException)
        {
            throw new FormatException("a member is missing, or of another kind than expected", error);
        }
    }

    private JsonObject Write(SnapshotRecord snapshot)
    {
        var json = new JsonObject { ["name"] = snapshot.Name, ["parent"] = snapshot.Parent };
        if (snapshot.Description is { } description) json["description"] = description;
        json["creationTime"] = snapshot.CreationTime.ToString("O", CultureInfo.InvariantCulture);
        json["kind"] = snapshot.Kind.ToString();
        if (snapshot.IsQuiesced) json["quiesced"] = true;
        json["images"] = new JsonArray([.. snapshot.Images.Select(Write)]);
        if (snapshot.Build is { } build) json["machine"] = Write(build);
        return json;
    }

    private JsonObject Write(MachineBuild build)
    {
        var json = new JsonObject();
        (build with { Definition = DefinitionPaths.Change(build.Definition, Shorten) }).WriteTo(json);
        return json;
    }

    private JsonObject Write(SnapshotImage image)
    {
        var json = new JsonObject { ["drive"] = image.Drive, ["path"] = Shorten(image.Path), ["format"] = image.Format };
        if (image.OverlayPath is { } overlay) json["overlay"] = Shorten(overlay);
        return json;
    }

    private SnapshotRecord Read(JsonNode? json) => new()
    {
        Name = (string)json!["name"]!,
        Parent = (string?)json["parent"],
        Description = (string?)json["description"],
        CreationTime = DateTimeOffset.Parse((string)json["creationTime"]!, CultureInfo.InvariantCulture),
        Kind = Enum.Parse<QemuSnapshotKind>((string)json["kind"]!),
        IsQuiesced = (bool?)json["quiesced"] ?? false,
        Images = [.. json["images"]!.AsArray().Select(image => new SnapshotImage(
            (string)image!["drive"]!,
            Lengthen((string)image["path"]!),
            (string)image["format"]!,
            (string?)image["overlay"] is { } overlay ? Lengthen(overlay) : null))],
        Build = json["machine"] is { } machine ? ReadBuild(machine) : null,
    };

    private MachineBuild ReadBuild(JsonNode json)
    {
        var build = MachineBuild.Parse(JsonSerializer.SerializeToElement(json), "snapshots.json");
        return build with { Definition = DefinitionPaths.Change(build.Definition, Lengthen) };
    }

    private string Shorten(string path) => path.StartsWith(folder + '/', StringComparison.Ordinal) ? path[(folder.Length + 1)..] : path;

    private string Lengthen(string path) => Path.Combine(folder, path);

    // Who edits the document by hand may close a circle, in which everything that walks the tree would be caught.
    private static void RequireTree(SnapshotDocument document)
    {
        if (document.Snapshots.DistinctBy(snapshot => snapshot.Name).Count() != document.Snapshots.Count) throw new FormatException("two snapshots have the same name");
        foreach (var snapshot in document.Snapshots)
        {
            var steps = 0;
            for (var at = snapshot; at?.Parent is not null; at = document.Find(at.Parent))
            {
                if (++steps > document.Snapshots.Count) throw new FormatException($"'{snapshot.Name}' is its own parent, near or far");
            }
        }
    }
}
