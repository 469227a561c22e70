using System.Text.Json;

namespace QemuPS;

/// <summary>
/// JSON as plain objects that a shell can walk through and serialise: dictionaries, arrays, strings, numbers
/// (<see cref="long"/>, <see cref="ulong"/> or <see cref="double"/>), truth values and null.
/// </summary>
public static class JsonValue
{
    /// <summary>An object without members.</summary>
    public static IReadOnlyDictionary<string, object?> Empty { get; } = new Dictionary<string, object?>();

    /// <summary>The value as a plain object.</summary>
    public static object? ToObject(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ToDictionary(element),
        JsonValueKind.Array => element.EnumerateArray().Select(ToObject).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => ToNumber(element),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    // Names are found in any case, as PowerShell's users expect of a property.
    private static Dictionary<string, object?> ToDictionary(JsonElement element)
    {
        var members = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in element.EnumerateObject()) members[member.Name] = ToObject(member.Value);
        return members;
    }

    private static object ToNumber(JsonElement element)
    {
        if (element.TryGetInt64(out var whole)) return whole;
        return element.TryGetUInt64(out var large) ? (object)large : element.GetDouble();
    }
}
