using System.Management.Automation;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Microsoft.PowerShell.Commands;

/// <summary>Turns JSON text into PowerShell objects or hashtables.</summary>
internal sealed class JsonReader(bool asHashtable, int maxDepth)
{
    /// <exception cref="ArgumentException">The text is not JSON.</exception>
    /// <exception cref="JsonContentException">The text is JSON that an object cannot hold.</exception>
    public object? Read(string text)
    {
        try
        {
            var settings = new JsonSerializerSettings
            {
                TypeNameHandling = TypeNameHandling.None,
                MetadataPropertyHandling = MetadataPropertyHandling.Ignore,
                MaxDepth = maxDepth,
            };
            var parsed = JsonConvert.DeserializeObject(text, settings);
            return parsed is JToken token ? Convert(token) : parsed;
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"Conversion from JSON failed with error: {error.Message}", error);
        }
    }

    private object? Convert(JToken token) => token switch
    {
        JObject entries => asHashtable ? ToHashtable(entries) : ToObject(entries),
        JArray items => items.Where(item => item.Type != JTokenType.Comment).Select(Convert).ToArray(),
        JValue value => value.Value,
        _ => throw new JsonSerializationException($"Unexpected {token.Type}."),
    };

    private OrderedHashtable ToHashtable(JObject entries)
    {
        var table = new OrderedHashtable();
        foreach (var (name, value) in entries)
            table.Add(name, Convert(value!));
        return table;
    }

    private PSObject ToObject(JObject entries)
    {
        var result = new PSObject();
        foreach (var (name, value) in entries)
        {
            if (name.Length == 0)
                throw Refused("EmptyKeyInJsonString", "The provided JSON includes a property whose name is an empty string, this is only supported using the -AsHashTable switch.");
            if (result.Properties[name] is { } existing)
                throw Refused("KeysWithDifferentCasingInJsonString", $"Cannot convert the JSON string because it contains keys with different casing. Please use the -AsHashTable switch instead. The key that was attempted to be added to the existing key '{existing.Name}' was '{name}'.");
            result.Properties.Add(new PSNoteProperty(name, Convert(value!)));
        }

        return result;
    }

    private static JsonContentException Refused(string id, string message) => new(id, message);
}

/// <summary>JSON that is well-formed but that the asked-for kind of object cannot hold.</summary>
internal sealed class JsonContentException(string errorId, string message) : InvalidOperationException(message)
{
    public string ErrorId { get; } = errorId;
}
