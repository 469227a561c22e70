using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>
/// Finds the definition in what people have of a machine: its document, or what <c>Get-QemuVm</c> shows, which has the document
/// as its property <c>Definition</c>.
/// </summary>
public static class DefinitionShape
{
    private const string Inner = "Definition";
    private const string KeepsWhole = "ConvertTo-Json -Depth 8 writes a machine as a whole.";

    // What Get-QemuVm shows under a name of its own, beside the document's.
    private static readonly (string Shown, string Member)[] Twice =
    [
        ("Name", "name"), ("Id", "id"), ("MemoryStartup", "memoryStartupBytes"), ("ProcessorCount", "processorCount"), ("MachineType", "machineType"), ("Notes", "notes"),
    ];

    /// <summary>Reads JSON text: one machine or a list of them.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/></exception>
    public static IReadOnlyList<VmDefinition> Read(ReadOnlyMemory<byte> text, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind == JsonValueKind.Array) return [.. document.RootElement.EnumerateArray().Select(each => Read(each, source))];
            // A document as it was given: then the lines in an error are those of the text.
            return [Find(document.RootElement, Inner) is null ? DefinitionJson.Read(text.Span, source) : Read(document.RootElement, source)];
        }
        catch (JsonException)
        {
            // The same reader as for a file says where.
            return [DefinitionJson.Read(text.Span, source)];
        }
    }

    private static VmDefinition Read(JsonElement element, string source)
    {
        if (element.ValueKind != JsonValueKind.Object || Find(element, Inner) is not { } inner) return DefinitionJson.Read(Utf8(element), source);
        if (inner.ValueKind != JsonValueKind.Object) throw new QemuException(ErrorId.InvalidDefinition, $"'{source}': the machine's Definition was cut off.", KeepsWhole);
        RequireAgreement(element, inner, source);
        try
        {
            return DefinitionJson.Read(Utf8(inner), $"{source}: {Inner}");
        }
        catch (QemuException error) when (error.Id == ErrorId.InvalidDefinition)
        {
            throw new QemuException(error.Id, error.Message, error.RecommendedAction ?? KeepsWhole, error);
        }
    }

    // Somebody who changed one of the two meant something, and which one counts cannot be known.
    private static void RequireAgreement(JsonElement shown, JsonElement document, string source)
    {
        foreach (var (name, member) in Twice)
        {
            if (Find(shown, name) is not { } one || Find(document, member) is not { } other || one.ToString() == other.ToString()) continue;
            throw new QemuException(
                ErrorId.InvalidDefinition,
                $"'{source}': {name} is '{ValueLimits.Shown(one.ToString())}', and {Inner}.{member} is '{ValueLimits.Shown(other.ToString())}'. Change {Inner}: it is what a machine is made of.",
                $"Give what is in {Inner} alone.");
        }
    }

    private static JsonElement? Find(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return member.Value;
        }

        return null;
    }

    private static byte[] Utf8(JsonElement element) => System.Text.Encoding.UTF8.GetBytes(element.GetRawText());
}
