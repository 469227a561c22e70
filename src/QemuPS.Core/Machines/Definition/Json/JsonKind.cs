using System.Text;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>Reads a value; the reader stands on its first token, and on its last one afterwards.</summary>
internal delegate TValue JsonRead<out TValue>(ref Utf8JsonReader reader);

/// <summary>A kind of value in a document: how it is read and how it is written.</summary>
/// <param name="Read">Reads it. That it is of this kind has been made sure of by the schema.</param>
/// <param name="Write">Writes it.</param>
internal sealed record JsonKind<TValue>(JsonRead<TValue> Read, Action<Utf8JsonWriter, TValue> Write);

/// <summary>The kinds of values that definitions are made of.</summary>
internal static class JsonKinds
{
    public static JsonKind<string> Text { get; } = new((ref Utf8JsonReader reader) => reader.GetString()!, (writer, value) => writer.WriteStringValue(value));

    public static JsonKind<bool> Flag { get; } = new((ref Utf8JsonReader reader) => reader.GetBoolean(), (writer, value) => writer.WriteBooleanValue(value));

    public static JsonKind<int> Integer { get; } = new((ref Utf8JsonReader reader) => reader.GetInt32(), (writer, value) => writer.WriteNumberValue(value));

    public static JsonKind<ulong> Size { get; } = new((ref Utf8JsonReader reader) => reader.GetUInt64(), (writer, value) => writer.WriteNumberValue(value));

    public static JsonKind<Guid> Identity { get; } = new((ref Utf8JsonReader reader) => Guid.Parse(reader.GetString()!), (writer, value) => writer.WriteStringValue(value));

    public static JsonKind<DateTimeOffset> Time { get; } = new((ref Utf8JsonReader reader) => reader.GetDateTimeOffset(), (writer, value) => writer.WriteStringValue(value));

    public static JsonKind<IReadOnlyList<string>> Texts { get; } = ListOf(Text);

    /// <summary>A word of an enumeration, read in any case.</summary>
    public static JsonKind<TEnum> Word<TEnum>()
        where TEnum : struct, Enum
    {
        var names = Enum.GetNames<TEnum>().Select(Encoding.UTF8.GetBytes).ToArray();
        var values = Enum.GetValues<TEnum>();
        return new((ref Utf8JsonReader reader) => Find(ref reader, names, values), (writer, value) => writer.WriteStringValue(value.ToString()));
    }

    public static JsonKind<IReadOnlyList<TItem>> ListOf<TItem>(JsonKind<TItem> item) => new(
        (ref Utf8JsonReader reader) =>
        {
            var items = new List<TItem>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(item.Read(ref reader));
            return items;
        },
        (writer, items) =>
        {
            writer.WriteStartArray();
            foreach (var each in items) item.Write(writer, each);
            writer.WriteEndArray();
        });

    private static TEnum Find<TEnum>(ref Utf8JsonReader reader, byte[][] names, TEnum[] values)
        where TEnum : struct, Enum
    {
        for (var index = 0; index < names.Length; index++)
        {
            if (reader.ValueTextEquals(names[index])) return values[index];
        }

        return Enum.Parse<TEnum>(reader.GetString()!, ignoreCase: true);
    }
}
