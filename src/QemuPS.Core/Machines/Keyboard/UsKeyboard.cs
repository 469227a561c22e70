using System.Globalization;

namespace QemuPS.Machines;

/// <summary>
/// Text as strokes of a US keyboard, which is the one that QEMU's guests have until they are told otherwise. A guest
/// that is set to another layout reads some of the keys as other characters.
/// </summary>
public static class UsKeyboard
{
    private const string Shift = "shift";

    // Each key with what it writes alone, and with shift.
    private static readonly Dictionary<char, IReadOnlyList<string>> Strokes = Build(
        ("1", "1!"), ("2", "2@"), ("3", "3#"), ("4", "4$"), ("5", "5%"), ("6", "6^"), ("7", "7&"), ("8", "8*"), ("9", "9("), ("0", "0)"),
        ("minus", "-_"), ("equal", "=+"), ("bracket_left", "[{"), ("bracket_right", "]}"), ("backslash", "\\|"), ("semicolon", ";:"),
        ("apostrophe", "'\""), ("grave_accent", "`~"), ("comma", ",<"), ("dot", ".>"), ("slash", "/?"), ("spc", " "), ("ret", "\n"), ("tab", "\t"));

    /// <summary>The strokes that write a text, each the keys that go down together.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/> when the keyboard does not have a character.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Type(string text)
    {
        var lines = text.ReplaceLineEndings("\n");
        var missing = lines.Where(c => !Strokes.ContainsKey(c)).Distinct().ToList();
        return missing.Count == 0
            ? [.. lines.Select(c => Strokes[c])]
            : throw new QemuException(ErrorId.InvalidOption, $"A US keyboard has no key for {string.Join(", ", missing.Select(Show))}: nothing was typed.");
    }

    private static Dictionary<char, IReadOnlyList<string>> Build(params (string Key, string Characters)[] keys)
    {
        var letters = Enumerable.Range('a', 26).Select(c => (Key: ((char)c).ToString(), Characters: $"{(char)c}{char.ToUpperInvariant((char)c)}"));
        var strokes = new Dictionary<char, IReadOnlyList<string>>();
        foreach (var (key, characters) in keys.Concat(letters))
        {
            strokes[characters[0]] = [key];
            if (characters.Length > 1) strokes[characters[1]] = [Shift, key];
        }

        return strokes;
    }

    private static string Show(char c) => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}") : $"'{c}'";
}
