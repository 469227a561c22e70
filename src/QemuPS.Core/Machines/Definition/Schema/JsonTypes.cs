using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>The types of values that a schema allows.</summary>
[Flags]
internal enum JsonTypes
{
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
    Any = Null | Boolean | Integer | Number | String | Array | Object,
}

/// <summary>The types' names, for schemas and for people.</summary>
internal static class JsonTypeNames
{
    /// <summary>Reads the value of the keyword <c>type</c>.</summary>
    public static JsonTypes Parse(JsonElement keyword) => keyword.ValueKind == JsonValueKind.Array
        ? keyword.EnumerateArray().Aggregate(default(JsonTypes), (types, each) => types | Parse(each))
        : Enum.Parse<JsonTypes>(keyword.GetString()!, ignoreCase: true);

    /// <summary>Whether the reader's present value is of one of the types.</summary>
    public static bool Allow(this JsonTypes types, ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => types.HasFlag(JsonTypes.Object),
        JsonTokenType.StartArray => types.HasFlag(JsonTypes.Array),
        JsonTokenType.String => types.HasFlag(JsonTypes.String),
        JsonTokenType.Number => types.HasFlag(JsonTypes.Number) || (types.HasFlag(JsonTypes.Integer) && IsWhole(ref reader)),
        JsonTokenType.True or JsonTokenType.False => types.HasFlag(JsonTypes.Boolean),
        _ => types.HasFlag(JsonTypes.Null),
    };

    /// <summary>What is allowed, in words.</summary>
    public static string Describe(this JsonTypes types) =>
        string.Join(" or ", Enum.GetValues<JsonTypes>().Where(type => type is not (JsonTypes.Null or JsonTypes.Any) && types.HasFlag(type)).Select(Word));

    /// <summary>What a value is, in words.</summary>
    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => Word(JsonTypes.Object),
        JsonTokenType.StartArray => Word(JsonTypes.Array),
        JsonTokenType.String => Word(JsonTypes.String),
        JsonTokenType.Number => Word(JsonTypes.Number),
        JsonTokenType.True or JsonTokenType.False => Word(JsonTypes.Boolean),
        _ => "null",
    };

    private static bool IsWhole(ref Utf8JsonReader reader) => reader.TryGetInt64(out _) || reader.TryGetUInt64(out _);

    private static string Word(JsonTypes type) => type switch
    {
        JsonTypes.Boolean => "true or false",
        JsonTypes.Integer => "a whole number",
        JsonTypes.Number => "a number",
        JsonTypes.String => "a text",
        JsonTypes.Array => "a list",
        _ => "an object",
    };
}
