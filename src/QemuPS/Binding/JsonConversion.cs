using System.Collections;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Binding;

/// <summary>PowerShell's objects as JSON, and JSON as PowerShell's objects.</summary>
internal static class JsonConversion
{
    /// <summary>A hashtable or an object as a JSON object.</summary>
    public static JsonObject ToJson(IDictionary members)
    {
        var result = new JsonObject();
        foreach (DictionaryEntry member in members) result[member.Key.ToString()!] = ToNode(member.Value);
        return result;
    }

    /// <summary>JSON as custom objects, arrays and plain values.</summary>
    public static object? ToPowerShell(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ToCustomObject(element),
        JsonValueKind.Array => element.EnumerateArray().Select(ToPowerShell).ToArray(),
        _ => QemuPS.JsonValue.ToObject(element),
    };

    private static PSObject ToCustomObject(JsonElement element)
    {
        var result = new PSObject();
        foreach (var member in element.EnumerateObject()) result.Properties.Add(new PSNoteProperty(member.Name, ToPowerShell(member.Value)));
        return result;
    }

    /// <summary>Any value as JSON.</summary>
    public static JsonNode? ToNode(object? value) => value switch
    {
        null => null,
        PSObject { BaseObject: PSCustomObject } custom => ToJson(custom),
        PSObject wrapped => ToNode(wrapped.BaseObject),
        string or char => value.ToString(),
        bool truth => truth,
        SwitchParameter flag => flag.IsPresent,
        Enum word => word.ToString(),
        IDictionary members => ToJson(members),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(ToNode)]),
        _ => JsonSerializer.SerializeToNode(value),
    };

    private static JsonObject ToJson(PSObject custom)
    {
        var result = new JsonObject();
        foreach (var property in custom.Properties) result[property.Name] = ToNode(property.Value);
        return result;
    }
}
