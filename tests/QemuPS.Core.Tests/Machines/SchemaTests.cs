using System.Reflection;
using System.Text;
using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class SchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(DefinitionJson.SchemaText).RootElement;

    // Each record of a definition with its lines and its place in the schema. A record that is reached and is not here fails below.
    private static readonly Dictionary<Type, IJsonRecord> Records = typeof(DefinitionMembers).GetProperties(BindingFlags.Static | BindingFlags.Public)
        .ToDictionary(property => property.PropertyType.GetGenericArguments()[0], property => (IJsonRecord)property.GetValue(null)!);

    public static TheoryData<string> RecordNames => [.. Records.Keys.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(RecordNames))]
    public void Every_member_of_a_record_is_read_written_and_in_the_schema(string name)
    {
        var (type, lines) = Records.Single(each => each.Key.Name == name);
        var members = MembersOf(type).Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(members, lines.Names.Where(member => member != "$schema").Order(StringComparer.Ordinal));
        Assert.Equal(members, PropertiesOf(type).EnumerateObject().Select(member => member.Name).Where(member => member != "$schema").Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(RecordNames))]
    public void Every_word_of_an_enumeration_is_in_the_schema(string name)
    {
        var type = Records.Keys.Single(each => each.Name == name);
        foreach (var property in MembersOf(type).Where(property => ItemOf(property.PropertyType).IsEnum))
        {
            var member = PropertiesOf(type).GetProperty(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
            var place = member.TryGetProperty("items", out var items) ? items : member;

            Assert.Equal(Enum.GetNames(ItemOf(property.PropertyType)), place.GetProperty("enum").EnumerateArray().Select(word => word.GetString()));
        }
    }

    [Theory]
    [MemberData(nameof(RecordNames))]
    public void Every_record_in_a_record_is_kept_too(string name)
    {
        var type = Records.Keys.Single(each => each.Name == name);
        var inner = MembersOf(type).Select(property => ItemOf(property.PropertyType)).Where(each => each.Assembly == typeof(VmDefinition).Assembly && !each.IsEnum);

        Assert.All(inner, each => Assert.Contains(each, Records.Keys));
    }

    [Fact]
    public void Every_path_that_a_definition_has_is_known_to_be_one()
    {
        var paths = Records.Keys.SelectMany(type => PropertiesOf(type).EnumerateObject()).Where(member => member.Name.EndsWith("path", StringComparison.OrdinalIgnoreCase));

        Assert.All(paths, member => Assert.Equal("path", member.Value.GetProperty("format").GetString()));
    }

    [Theory]
    [InlineData("""{ "name": "a", "drives": [ { "id": "disk0", "path": "/d", "bus": "Scsi" } ] }""", "drives[0].bus", "'Scsi' is none of VirtioBlk")]
    [InlineData("""{ "name": "a", "networkAdapters": [ { "id": "net0" } ] }""", "networkAdapters[0]", "it has no 'macAddress'")]
    [InlineData("""{ "name": "a", "networkAdapters": [ { "id": "net0", "macAddress": "52:54:00" } ] }""", "networkAdapters[0].macAddress", "not of the form")]
    [InlineData("""{ "name": "a", "tag": "web" }""", "tag", "a text stands where a list belongs")]
    [InlineData("""{ "name": "a", "id": "1" }""", "id", "no UUID")]
    [InlineData("""{ "name": "a", "hotplugPortCount": 33 }""", "hotplugPortCount", "33 is not 0 to 32")]
    [InlineData("""{ "name": "a", "processorCount": 1.5 }""", "processorCount", "a number stands where a whole number belongs")]
    [InlineData("""{ "name": "a", "memoryStartupBytes": 99999999999999999999999999999999 }""", "memoryStartupBytes", "whole number")]
    [InlineData("""{ "processorCount": 2 }""", "", "it has no 'name'")]
    [InlineData("""[]""", "", "a list stands where an object belongs")]
    [InlineData("""{ "name": "a" } { }""", "", "")]
    public void What_breaks_the_schema_is_named(string document, string member, string message)
    {
        var error = Assert.Throws<QemuException>(() => Read(document));

        Assert.Equal(ErrorId.InvalidDefinition, error.Id);
        Assert.Contains("line 1", error.Message);
        Assert.Contains(message, error.Message);
        if (member.Length > 0) Assert.Contains($"member '{member}'", error.Message);
    }

    [Theory]
    [InlineData("""{ "name": "a", "drives": [ { "id": "disk0", "path": "/a\nb" } ] }""", "drives[0].path")]
    [InlineData("""{ "name": "a", "kernelPath": "/a\u001b[2J" }""", "kernelPath")]
    [InlineData("""{ "name": "a", "tag": [ "x", "\u0007" ] }""", "tag[1]")]
    [InlineData("{ \"name\": \"a\", \"cpuModel\": \"max\u009b2J\" }", "cpuModel")]
    [InlineData("""{ "name": "a", "colour": { "deep": [ "\u0000" ] } }""", "colour.deep[0]")]
    [InlineData("""{ "name": "a", "colo\u0007ur": 1 }""", "")]
    [InlineData("""{ "name": "a", "notes": "\u001b[31m" }""", "notes")]
    public void Control_characters_are_refused_wherever_they_are(string document, string member)
    {
        var error = Assert.Throws<QemuException>(() => Read(document));

        Assert.Contains("control character", error.Message);
        Assert.Contains(member, error.Message);
        Assert.DoesNotContain(error.Message, letter => char.IsControl(letter));
    }

    [Fact]
    public void Notes_may_have_lines() => Assert.Equal("one\ntwo", Read("""{ "name": "a", "notes": "one\ntwo" }""").Notes);

    [Fact]
    public void Names_and_words_are_read_in_any_case()
    {
        var definition = Read("""{ "Name": "a", "ProcessorCount": 3, "VGA": "qxl", "Drives": [ { "ID": "cd0", "Kind": "cdrom" } ] }""");

        Assert.Equal(3, definition.ProcessorCount);
        Assert.Equal(VmVga.Qxl, definition.Vga);
        Assert.Equal(VmDriveKind.CdRom, definition.Drives[0].Kind);
        Assert.Null(definition.Unknown);
    }

    [Fact]
    public void What_is_not_known_survives_in_every_record()
    {
        const string document = """
            { "name": "a", "x1": 1, "drives": [ { "id": "disk0", "path": "/d", "x2": [2] } ],
              "networkAdapters": [ { "id": "net0", "macAddress": "52:54:00:00:00:01", "x3": null, "portForwards": [ { "hostPort": 1, "guestPort": 2, "x4": "4" } ] } ],
              "usbDevices": [ { "id": "usb0", "x5": true, "match": { "identifyBy": "Port", "x6": { "y": 6 } } } ] }
            """;

        var written = JsonDocument.Parse(DefinitionJson.Write(Read(Encoding.UTF8.GetString(DefinitionJson.Write(Read(document)))))).RootElement;

        Assert.Equal(1, written.GetProperty("x1").GetInt32());
        Assert.Equal(2, written.GetProperty("drives")[0].GetProperty("x2")[0].GetInt32());
        Assert.Equal(JsonValueKind.Null, written.GetProperty("networkAdapters")[0].GetProperty("x3").ValueKind);
        Assert.Equal("4", written.GetProperty("networkAdapters")[0].GetProperty("portForwards")[0].GetProperty("x4").GetString());
        Assert.True(written.GetProperty("usbDevices")[0].GetProperty("x5").GetBoolean());
        Assert.Equal(6, written.GetProperty("usbDevices")[0].GetProperty("match").GetProperty("x6").GetProperty("y").GetInt32());
    }

    [Fact]
    public void A_later_version_is_told_by_its_number_and_not_by_what_is_new_in_it()
    {
        var error = Assert.Throws<QemuException>(() => Read("""{ "name": "a", "vga": { "kind": "New" }, "version": 2 }"""));

        Assert.Contains("version 2", error.Message);
        Assert.Equal("Update QemuPS.", error.RecommendedAction);
    }

    private static VmDefinition Read(string document) => DefinitionJson.Read(Encoding.UTF8.GetBytes(document), "test.json");

    private static IEnumerable<PropertyInfo> MembersOf(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite && property.Name != "Unknown");

    private static JsonElement PropertiesOf(Type type) =>
        (type == typeof(VmDefinition) ? Schema : Schema.GetProperty("$defs").GetProperty(type.Name)).GetProperty("properties");

    private static Type ItemOf(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsGenericType ? plain.GetGenericArguments()[0] : plain;
    }
}
