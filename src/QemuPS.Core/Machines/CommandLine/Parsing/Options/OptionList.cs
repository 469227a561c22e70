using System.Globalization;
using System.Text;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>
/// The <c>key=value,...</c> argument of an option, or the same in JSON with the keys of inner objects joined by dots
/// (util/keyval.c and util/qemu-option.c of QEMU). Values are taken out: what is left was not understood.
/// </summary>
internal sealed class OptionList
{
    private readonly List<KeyValuePair<string, string>> _items;

    private OptionList(List<KeyValuePair<string, string>> items) => _items = items;

    /// <summary>Nothing is left.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>What is left.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Rest => _items;

    /// <summary>Reads a list.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static OptionList Parse(string text, string? impliedKey)
    {
        if (text.StartsWith('{')) return ParseJson(text);
        var items = Split(text).Select((part, number) => ToItem(part, number == 0 ? impliedKey : null)).ToList();
        return new OptionList(items);
    }

    /// <summary>A key's value, which is taken out; null where there is none. The last of several counts.</summary>
    public string? Take(params ReadOnlySpan<string> keys)
    {
        string? value = null;
        foreach (var key in keys)
        {
            foreach (var item in _items.Where(item => item.Key == key)) value = item.Value;
            RemoveAll(key);
        }

        return value;
    }

    /// <summary>All values of a key that may be given several times.</summary>
    public IReadOnlyList<string> TakeAll(string key)
    {
        // In JSON such a list has numbers: hostfwd.0.str.
        var values = _items.Where(Fits).Select(item => item.Value).ToList();
        _items.RemoveAll(Fits);
        return values;

        bool Fits(KeyValuePair<string, string> item) =>
            item.Key == key || (item.Key.StartsWith(key + ".", StringComparison.Ordinal) && item.Key.EndsWith(".str", StringComparison.Ordinal));
    }

    /// <summary>A switch, which is taken out; null where it is not given or is neither on nor off.</summary>
    public bool? TakeSwitch(string key)
    {
        var value = _items.LastOrDefault(item => item.Key == key).Value;
        bool? on = value switch
        {
            "on" or "yes" or "true" or "y" => true,
            "off" or "no" or "false" or "n" => false,
            _ => null,
        };
        if (on is not null) RemoveAll(key);
        return on;
    }

    /// <summary>A number, which is taken out, decimal or with 0x; null where there is none.</summary>
    public int? TakeNumber(string key)
    {
        var value = _items.LastOrDefault(item => item.Key == key).Value;
        if (value is null || Number(value) is not { } number) return null;
        RemoveAll(key);
        return number;
    }

    /// <summary>A number as QEMU reads it.</summary>
    public static int? Number(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>What is left as an argument.</summary>
    public override string ToString() => string.Join(',', _items.Select(item => $"{item.Key}={QemuOption.Escape(item.Value)}"));

    private void RemoveAll(string key) => _items.RemoveAll(item => item.Key == key);

    // A doubled comma is a comma of the value.
    internal static IEnumerable<string> Split(string text)
    {
        var part = new StringBuilder();
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] != ',') part.Append(text[index]);
            else if (index + 1 < text.Length && text[index + 1] == ',') part.Append(text[++index]);
            else
            {
                yield return part.ToString();
                part.Clear();
            }
        }

        if (part.Length > 0) yield return part.ToString();
    }

    private static KeyValuePair<string, string> ToItem(string part, string? impliedKey)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0) return new(part[..equals], part[(equals + 1)..]);
        if (impliedKey is not null) return new(impliedKey, part);
        // "readonly" is "readonly=on", and "nowait" is "wait=off".
        return part.StartsWith("no", StringComparison.Ordinal) && part.Length > 2 ? new(part[2..], "off") : new(part, "on");
    }

    private static OptionList ParseJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return new OptionList([.. Flatten("", document.RootElement)]);
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not valid JSON. {error.Message}", error);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Flatten(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Flatten(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((member, number) => Flatten(string.Create(CultureInfo.InvariantCulture, $"{path}.{number}"), member)),
        JsonValueKind.True => [new(path, "on")],
        JsonValueKind.False => [new(path, "off")],
        _ => [new(path, element.ToString())],
    };
}
