using System.Text;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>
/// A JSON schema (https://json-schema.org/draft/2020-12), as much of it as ours uses; a schema with anything else is
/// refused. Names and words are compared without regard to case. A document is checked in one pass, without building a tree of it.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly HashSet<string> Remarks = ["$schema", "$id", "$defs", "title", "description", "default", "examples"];

    private readonly List<(string Name, byte[] Utf8Name, JsonSchema Schema)> _properties = [];
    private readonly List<string> _required = [];
    private readonly List<string> _words = [];
    private JsonSchema? _items;
    private JsonTypes _types = JsonTypes.Any;
    private ValueLimits _limits = ValueLimits.None;

    private JsonSchema()
    {
    }

    /// <summary>The properties of the object that is described.</summary>
    public IReadOnlyDictionary<string, JsonSchema> Properties => _properties.ToDictionary(property => property.Name, property => property.Schema, StringComparer.OrdinalIgnoreCase);

    /// <summary>The words that are allowed; empty where any text is.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>What a text stands for: <c>path</c>, <c>uuid</c>; null where it is just a text.</summary>
    public string? Format => _limits.Format;

    /// <summary>What the elements of the array are.</summary>
    public JsonSchema? Items => _items;

    /// <summary>Reads a schema.</summary>
    /// <exception cref="NotSupportedException">It uses a keyword that is not known here.</exception>
    public static JsonSchema Parse(ReadOnlySpan<byte> text)
    {
        using var document = JsonDocument.Parse(text.ToArray());
        var definitions = new Dictionary<string, JsonSchema>();
        var root = document.RootElement;
        var declared = root.TryGetProperty("$defs", out var list) ? list.EnumerateObject().ToList() : [];
        // All exist before the first is filled: they may name one another.
        foreach (var each in declared) definitions[$"#/$defs/{each.Name}"] = new JsonSchema();
        foreach (var each in declared) definitions[$"#/$defs/{each.Name}"].Fill(each.Value, definitions);
        return Of(root, definitions);
    }

    /// <summary>The first thing in a document that breaks the schema, or null.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public JsonFault? FindFault(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        if (!_types.Allow(ref reader)) return new JsonFault("", start, $"{JsonTypeNames.Describe(reader.TokenType)} stands where {_types.Describe()} belongs");
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => FindFaultInObject(ref reader),
            JsonTokenType.StartArray => FindFaultInArray(ref reader),
            JsonTokenType.String => FindFaultInText(ref reader),
            JsonTokenType.Number => _limits.FindFault(ref reader),
            _ => null,
        };
    }

    private JsonFault? FindFaultInObject(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        var missing = (1UL << _required.Count) - 1;
        var expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var position = reader.TokenStartIndex;
            var property = IndexOf(ref reader, expected);
            var name = property >= 0 ? _properties[property].Name : reader.GetString()!;
            if (property >= 0) expected = property + 1;
            if (_required.IndexOf(name) is >= 0 and var needed) missing &= ~(1UL << needed);
            if (ValueLimits.HasControlCharacter(name)) return new JsonFault("", position, "a member's name has a control character");
            reader.Read();
            if ((property >= 0 ? _properties[property].Schema : Anything).FindFault(ref reader) is { } fault) return fault.In(name);
        }

        return missing == 0 ? null : new JsonFault("", start, $"it has no '{_required[System.Numerics.BitOperations.TrailingZeroCount(missing)]}'");
    }

    // What QemuPS wrote has its members in order; what people wrote has them in any order and in any case.
    private int IndexOf(ref Utf8JsonReader reader, int expected)
    {
        for (var index = expected; index < _properties.Count; index++)
        {
            if (reader.ValueTextEquals(_properties[index].Utf8Name)) return index;
        }

        if (_properties.Count == 0) return -1;
        var name = reader.GetString();
        return _properties.FindIndex(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private JsonFault? FindFaultInArray(ref Utf8JsonReader reader)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if ((_items ?? Anything).FindFault(ref reader) is { } fault) return fault.In($"[{index}]");
        }

        return null;
    }

    private JsonFault? FindFaultInText(ref Utf8JsonReader reader)
    {
        if (_words.Count == 0) return _limits.FindFault(ref reader);
        foreach (var word in _words)
        {
            if (reader.ValueTextEquals(word)) return null;
        }

        var text = reader.GetString()!;
        return _words.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? null
            : new JsonFault("", reader.TokenStartIndex, $"'{ValueLimits.Shown(text)}' is none of {string.Join(", ", _words)}");
    }

    private static JsonSchema Anything { get; } = new();

    private static JsonSchema Of(JsonElement element, Dictionary<string, JsonSchema> definitions)
    {
        if (element.TryGetProperty("$ref", out var reference)) return definitions[reference.GetString()!];
        var schema = new JsonSchema();
        schema.Fill(element, definitions);
        return schema;
    }

    private void Fill(JsonElement element, Dictionary<string, JsonSchema> definitions)
    {
        foreach (var keyword in element.EnumerateObject().Where(keyword => !Remarks.Contains(keyword.Name)))
        {
            switch (keyword.Name)
            {
                case "type":
                    _types = JsonTypeNames.Parse(keyword.Value);
                    break;
                case "properties":
                    foreach (var property in keyword.Value.EnumerateObject()) _properties.Add((property.Name, Encoding.UTF8.GetBytes(property.Name), Of(property.Value, definitions)));
                    break;
                case "required":
                    _required.AddRange(keyword.Value.EnumerateArray().Select(name => name.GetString()!));
                    break;
                case "items":
                    _items = Of(keyword.Value, definitions);
                    break;
                case "enum":
                    _words.AddRange(keyword.Value.EnumerateArray().Select(word => word.GetString()!));
                    if (!element.TryGetProperty("type", out _)) _types = JsonTypes.String;
                    break;
                default:
                    _limits = _limits.With(keyword);
                    break;
            }
        }
    }
}
