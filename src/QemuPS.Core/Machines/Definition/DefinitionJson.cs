using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>
/// A definition as the JSON document that the store keeps. Its schema, <c>vm.schema.json</c>, is a resource of this assembly;
/// the module has it as a file.
/// </summary>
public static class DefinitionJson
{
    private static readonly JsonReaderOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    // The file is read by people and never put into HTML.
    private static readonly JsonWriterOptions Writing = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema's text.</summary>
    public static ReadOnlyMemory<byte> SchemaText { get; } = ReadSchema();

    internal static JsonSchema Schema { get; } = JsonSchema.Parse(SchemaText.Span);

    /// <summary>The document's bytes.</summary>
    public static byte[] Write(VmDefinition definition)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(content, Writing)) DefinitionMembers.Definition.Write(writer, definition);
        return [.. content.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Reads a document.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="source">Where they come from, for the error.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/> with the line and the member, <see cref="ErrorId.InvalidVmName"/>.</exception>
    public static VmDefinition Read(ReadOnlySpan<byte> content, string source)
    {
        var definition = ReadAsIs(content, source);
        return definition with
        {
            Id = definition.Id == Guid.Empty ? Guid.NewGuid() : definition.Id,
            CreationTime = definition.CreationTime == default ? DateTimeOffset.Now : definition.CreationTime,
        };
    }

    /// <summary>The same; what a document has no identity or date in, has none afterwards.</summary>
    internal static VmDefinition ReadAsIs(ReadOnlySpan<byte> content, string source)
    {
        RequireValid(content, fault => InvalidDocument(fault, source));
        var reader = new Utf8JsonReader(content, Reading);
        reader.Read();
        var definition = DefinitionMembers.Definition.Read(ref reader);
        DefinitionRules.Require(definition, source);
        return definition;
    }

    /// <summary>Throws when a definition is not what a document may say, whoever made it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/>, <see cref="ErrorId.InvalidVmName"/></exception>
    public static void Require(VmDefinition definition)
    {
        DefinitionRules.Require(definition, definition.Name);
        RequireValid(Write(definition), fault => new QemuException(ErrorId.InvalidDefinition, $"'{definition.Name}', member '{fault.Path}': {fault.Message}."));
    }

    private static void RequireValid(ReadOnlySpan<byte> content, Func<Place, QemuException> error)
    {
        try
        {
            var reader = new Utf8JsonReader(content, Reading);
            reader.Read();
            var fault = Schema.FindFault(ref reader);
            if (fault is null && !reader.Read()) return;
            // A document of a later version may break this schema anywhere: that it is later says more.
            RequireKnownVersion(content, error);
            fault ??= new JsonFault("", reader.TokenStartIndex, "something follows the object");
            throw error(new Place(LineOf(content, fault.Position), fault.Path, fault.Message));
        }
        catch (JsonException problem)
        {
            throw error(new Place((problem.LineNumber ?? 0) + 1, "", FirstSentence(problem.Message)));
        }
    }

    private static void RequireKnownVersion(ReadOnlySpan<byte> content, Func<Place, QemuException> error)
    {
        using var document = JsonDocument.Parse(content.ToArray(), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        if (document.RootElement.ValueKind != JsonValueKind.Object) return;
        foreach (var member in document.RootElement.EnumerateObject().Where(member => member.Name.Equals("version", StringComparison.OrdinalIgnoreCase)))
        {
            if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt32(out var version) || version <= VmDefinition.CurrentVersion) continue;
            var plain = error(new Place(0, "version", $"it has version {version}, this QemuPS knows {VmDefinition.CurrentVersion}"));
            throw new QemuException(plain.Id, plain.Message, "Update QemuPS.");
        }
    }

    private static QemuException InvalidDocument(Place fault, string source)
    {
        var line = fault.Line > 0 ? $", line {fault.Line}" : "";
        var member = fault.Path.Length > 0 ? $", member '{ValueLimits.Shown(fault.Path)}'" : "";
        return new QemuException(ErrorId.InvalidDefinition, $"'{source}'{line}{member}: {fault.Message}.");
    }

    private static int LineOf(ReadOnlySpan<byte> content, long position) => content[..(int)Math.Min(position, content.Length)].Count((byte)'\n') + 1;

    // The runtime adds "LineNumber: 3 | BytePositionInLine: 4." which is said already.
    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }

    private static byte[] ReadSchema()
    {
        using var resource = typeof(DefinitionJson).Assembly.GetManifestResourceStream("vm.schema.json")!;
        var text = new byte[resource.Length];
        resource.ReadExactly(text);
        return text;
    }

    private sealed record Place(long Line, string Path, string Message);
}
