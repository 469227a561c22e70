using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The files of the host that a definition names. The schema says which texts are paths, also for members that are yet to come.</summary>
public static class DefinitionPaths
{
    private const string Format = "path";

    /// <summary>Each path with the member it is in.</summary>
    public static IReadOnlyList<(string Member, string Path)> Of(VmDefinition definition)
    {
        var found = new List<(string, string)>();
        Visit(JsonNode.Parse(DefinitionJson.Write(definition))!, DefinitionJson.Schema, "", (member, path) =>
        {
            found.Add((member, path));
            return path;
        });
        return found;
    }

    /// <summary>The definition with other paths.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="change">Gives the path that takes the place of another.</param>
    public static VmDefinition Change(VmDefinition definition, Func<string, string> change)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var document = JsonNode.Parse(DefinitionJson.Write(definition))!;
        Visit(document, DefinitionJson.Schema, "", (_, path) => change(path));
        return DefinitionJson.Read(JsonSerializer.SerializeToUtf8Bytes(document), definition.Name);
    }

    /// <summary>The definition with full paths: one that is not full is meant from a folder on.</summary>
    public static VmDefinition MakeFull(VmDefinition definition, string folder) =>
        Of(definition).All(each => Path.IsPathFullyQualified(each.Path)) ? definition : Change(definition, path => Path.GetFullPath(path, folder));

    /// <summary>Whether a path leads into a folder, links followed.</summary>
    public static bool IsBelow(string path, string folder) =>
        StartsWith(Path.GetFullPath(path), Path.GetFullPath(folder)) && StartsWith(Resolve(Path.GetFullPath(path)), Resolve(Path.GetFullPath(folder)));

    private static bool StartsWith(string path, string folder) => path.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal);

    // Any part of a path may be a link, and the last part need not be there.
    private static string Resolve(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        var entry = new FileInfo(Path.Combine(Resolve(parent), Path.GetFileName(path)));
        return entry.LinkTarget is null ? entry.FullName : entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    private static void Visit(JsonNode node, JsonSchema schema, string place, Func<string, string, string> change)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, child) in members.ToList())
                {
                    if (schema.Properties.TryGetValue(name, out var inner) && Visited(child, inner, place.Length == 0 ? name : $"{place}.{name}", change) is { } text) members[name] = text;
                }

                break;
            case JsonArray items when schema.Items is { } inner:
                for (var index = 0; index < items.Count; index++)
                {
                    if (Visited(items[index], inner, $"{place}[{index}]", change) is { } text) items[index] = text;
                }

                break;
        }
    }

    // The text that takes the node's place, or null where it stays.
    private static string? Visited(JsonNode? node, JsonSchema schema, string place, Func<string, string, string> change)
    {
        if (node is null) return null;
        if (schema.Format == Format && node.GetValueKind() == JsonValueKind.String) return change(place, node.GetValue<string>());
        Visit(node, schema, place, change);
        return null;
    }
}
