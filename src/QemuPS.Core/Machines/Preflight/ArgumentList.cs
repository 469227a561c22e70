using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>An option of QEMU's with its value taken apart, whether it is written as JSON or as <c>type,key=value</c>.</summary>
/// <param name="Name">The option without its dash.</param>
/// <param name="Text">Its value as it is written; empty where it has none.</param>
/// <param name="Values">Its value's parts; the first part without a key is named <c>""</c>.</param>
internal sealed record PlannedOption(string Name, string Text, IReadOnlyDictionary<string, string> Values)
{
    public string? this[string key] => Values.GetValueOrDefault(key);

    /// <summary>What kind of thing it makes: <c>-device</c>'s and <c>-blockdev</c>'s driver, <c>-netdev</c>'s type.</summary>
    public string? Kind => this["driver"] ?? this["type"] ?? this["qom-type"] ?? this[""];
}

/// <summary>QEMU's arguments as options.</summary>
internal sealed class ArgumentList
{
    private readonly List<PlannedOption> _options = [];

    public ArgumentList(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            if (!words[i].StartsWith('-')) continue;
            var value = i + 1 < words.Count && !words[i + 1].StartsWith('-') ? words[i + 1] : "";
            _options.Add(new PlannedOption(words[i].TrimStart('-'), value, Parse(value)));
        }
    }

    public IReadOnlyList<PlannedOption> All => _options;

    public IEnumerable<PlannedOption> Named(string name) => _options.Where(option => option.Name == name);

    private static Dictionary<string, string> Parse(string value) => value.StartsWith('{') ? ParseJson(value) : ParseList(value);

    private static Dictionary<string, string> ParseJson(string value)
    {
        try
        {
            using var document = JsonDocument.Parse(value);
            return document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString(), StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            // QEMU will say what is wrong with it; there is nothing in it to look at.
            return [];
        }
    }

    // A comma inside a value is doubled; a word without '=' is the first value, or a switch.
    private static Dictionary<string, string> ParseList(string value)
    {
        const string placeholder = "\0";
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var parts = value.Replace(",,", placeholder, StringComparison.Ordinal).Split(',');
        for (var i = 0; i < parts.Length; i++)
        {
            var cut = parts[i].IndexOf('=', StringComparison.Ordinal);
            var (key, text) = cut >= 0 ? (parts[i][..cut], parts[i][(cut + 1)..]) : i == 0 ? ("", parts[i]) : (parts[i], "on");
            values[key] = text.Replace(placeholder, ",", StringComparison.Ordinal);
        }

        return values;
    }
}
