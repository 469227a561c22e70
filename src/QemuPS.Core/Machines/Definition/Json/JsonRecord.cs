using System.Text;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>What a document can know of a record.</summary>
internal interface IJsonRecord
{
    /// <summary>The members' names as they are written.</summary>
    IEnumerable<string> Names { get; }
}

/// <summary>
/// How a record is an object of a document: its members one by one, and what is not known kept as it is. By hand and not by
/// the runtime's serialiser, which takes most of a tenth of a second to get ready, and whose source generator forgets the
/// defaults of members that a document does not have.
/// </summary>
/// <param name="create">A record with its defaults.</param>
/// <param name="unknown">The members of the document that have no place in it.</param>
/// <param name="keep">The record with such members.</param>
internal sealed class JsonRecord<TRecord>(
    Func<TRecord> create,
    Func<TRecord, IDictionary<string, JsonElement>?> unknown,
    Func<TRecord, IDictionary<string, JsonElement>, TRecord> keep) : IJsonRecord
    where TRecord : class
{
    private delegate TRecord ReadMember(TRecord record, ref Utf8JsonReader reader);

    private readonly List<Member> _members = [];

    /// <inheritdoc/>
    public IEnumerable<string> Names => _members.Select(member => member.Name);

    /// <summary>The record as a kind of value in another.</summary>
    public JsonKind<TRecord> Kind => new(Read, Write);

    /// <summary>Adds a member that is always written.</summary>
    public JsonRecord<TRecord> With<TValue>(string name, JsonKind<TValue> kind, Func<TRecord, TValue> get, Func<TRecord, TValue, TRecord> set) => Add(
        name,
        (TRecord record, ref Utf8JsonReader reader) => set(record, kind.Read(ref reader)),
        (writer, record) =>
        {
            writer.WritePropertyName(name);
            kind.Write(writer, get(record));
        });

    /// <summary>Adds a member that is written where there is something.</summary>
    public JsonRecord<TRecord> WithOptional<TValue>(string name, JsonKind<TValue> kind, Func<TRecord, TValue?> get, Func<TRecord, TValue?, TRecord> set)
        where TValue : class => Add(
        name,
        (TRecord record, ref Utf8JsonReader reader) => set(record, reader.TokenType == JsonTokenType.Null ? null : kind.Read(ref reader)),
        (writer, record) =>
        {
            if (get(record) is not { } value) return;
            writer.WritePropertyName(name);
            kind.Write(writer, value);
        });

    /// <summary>Adds a number or the like that is written where there is one.</summary>
    public JsonRecord<TRecord> WithOptionalValue<TValue>(string name, JsonKind<TValue> kind, Func<TRecord, TValue?> get, Func<TRecord, TValue?, TRecord> set)
        where TValue : struct => Add(
        name,
        (TRecord record, ref Utf8JsonReader reader) => set(record, reader.TokenType == JsonTokenType.Null ? null : kind.Read(ref reader)),
        (writer, record) =>
        {
            if (get(record) is not { } value) return;
            writer.WritePropertyName(name);
            kind.Write(writer, value);
        });

    /// <summary>Reads a record; the reader stands on the beginning of the object.</summary>
    public TRecord Read(ref Utf8JsonReader reader)
    {
        var record = create();
        Dictionary<string, JsonElement>? others = null;
        var expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = IndexOf(ref reader, expected);
            if (index >= 0)
            {
                reader.Read();
                record = _members[index].Read(record, ref reader);
                expected = index + 1;
            }
            else
            {
                var name = reader.GetString()!;
                reader.Read();
                (others ??= [])[name] = JsonElement.ParseValue(ref reader);
            }
        }

        return others is null ? record : keep(record, others);
    }

    /// <summary>Writes a record.</summary>
    public void Write(Utf8JsonWriter writer, TRecord record)
    {
        writer.WriteStartObject();
        foreach (var member in _members) member.Write(writer, record);
        foreach (var (name, value) in unknown(record) ?? new Dictionary<string, JsonElement>())
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private JsonRecord<TRecord> Add(string name, ReadMember read, Action<Utf8JsonWriter, TRecord> write)
    {
        _members.Add(new Member(name, Encoding.UTF8.GetBytes(name), read, write));
        return this;
    }

    // What QemuPS wrote has its members in order; what people wrote has them in any order and in any case.
    private int IndexOf(ref Utf8JsonReader reader, int expected)
    {
        for (var index = expected; index < _members.Count; index++)
        {
            if (reader.ValueTextEquals(_members[index].Utf8Name)) return index;
        }

        var name = reader.GetString();
        return _members.FindIndex(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private sealed record Member(string Name, byte[] Utf8Name, ReadMember Read, Action<Utf8JsonWriter, TRecord> Write);
}
