using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace QemuPS.Machines;

/// <summary>A definition as the JSON document that the store keeps.</summary>
public static class DefinitionJson
{
    // By reflection: the runtime's source generator forgets the defaults of members that are not in the document.
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        PropertyNameCaseInsensitive = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        // The file is read by people and never put into HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    /// <summary>The document's bytes.</summary>
    public static byte[] Write(VmDefinition definition) =>
        JsonSerializer.SerializeToUtf8Bytes(definition, Options);

    /// <summary>Reads a document.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="source">Where they come from, for the error.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/> with the line and the member.</exception>
    public static VmDefinition Read(ReadOnlySpan<byte> content, string source)
    {
        VmDefinition definition;
        try
        {
            definition = JsonSerializer.Deserialize<VmDefinition>(content, Options)
                ?? throw new QemuException(ErrorId.InvalidDefinition, $"'{source}' is empty.");
        }
        catch (JsonException error)
        {
            var place = error.LineNumber is { } line ? $", line {line + 1}" : "";
            var member = error.Path is { Length: > 2 } path ? $", member '{path[2..]}'" : "";
            throw new QemuException(ErrorId.InvalidDefinition, $"'{source}'{place}{member}: {FirstSentence(error.Message)}", inner: error);
        }

        if (definition.Version > VmDefinition.CurrentVersion)
        {
            throw new QemuException(
                ErrorId.InvalidDefinition,
                $"'{source}' has version {definition.Version}, this QemuPS knows {VmDefinition.CurrentVersion}.",
                "Update QemuPS.");
        }

        DefinitionRules.Require(definition, source);
        return definition;
    }

    // The runtime adds "Path: $.x | LineNumber: 3 | ..." which is said already.
    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
