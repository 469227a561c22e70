using System.Text;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>Reads rules the way udev does (udev(7), src/udev/udev-rules.c of systemd).</summary>
internal static class RuleSyntax
{
    /// <summary>The first line of each file we write.</summary>
    public const string Marker = "# Written by QemuPS (New-UdevRule); Remove-UdevRule takes this file away.";

    private static readonly string[] Operators = ["==", "!=", "+=", "-=", ":=", "="];

    private static readonly HashSet<string> KnownKeys =
    [
        "ACTION", "DEVPATH", "KERNEL", "KERNELS", "NAME", "SYMLINK", "SUBSYSTEM", "SUBSYSTEMS", "DRIVER", "DRIVERS", "ATTR", "ATTRS", "SYSCTL", "ENV",
        "CONST", "TAG", "TAGS", "TEST", "PROGRAM", "RESULT", "OWNER", "GROUP", "MODE", "SECLABEL", "RUN", "LABEL", "GOTO", "IMPORT", "OPTIONS",
    ];

    /// <summary>The rules of a file.</summary>
    /// <param name="path">The file's path, for the result.</param>
    /// <param name="text">The file's text.</param>
    public static IEnumerable<UdevRule> Parse(string? path, string text)
    {
        var isManaged = text.StartsWith(Marker, StringComparison.Ordinal);
        foreach (var (number, line) in Lines(text))
        {
            var keys = new List<UdevRuleKey>();
            var problem = ReadKeys(line, keys);
            yield return new UdevRule
            {
                Path = path,
                LineNumber = number,
                Text = DeviceText.Clean(line),
                Matches = keys.FindAll(key => key.IsMatch),
                Assignments = keys.FindAll(key => !key.IsMatch),
                IsManaged = isManaged,
                Warning = problem is null ? [] : [problem],
            };
        }
    }

    // A comment is a whole line; a backslash at a line's end takes the next one along.
    private static IEnumerable<(int Number, string Line)> Lines(string text)
    {
        var parts = new StringBuilder();
        var first = 0;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = parts.Length == 0 ? raw.TrimStart(' ', '\t', '\r') : raw.TrimEnd('\r');
            if (parts.Length == 0 && (line.Length == 0 || line[0] == '#')) continue;
            if (parts.Length > 0 && line.TrimStart(' ', '\t').StartsWith('#')) continue;
            if (parts.Length == 0) first = number;
            var goesOn = line.EndsWith('\\');
            parts.Append(goesOn ? line.AsSpan(0, line.Length - 1) : line);
            if (goesOn) continue;
            yield return (first, parts.ToString().TrimEnd());
            parts.Clear();
        }

        if (parts.Length > 0) yield return (first, parts.ToString().TrimEnd());
    }

    // Returns what is wrong; udev ignores such a line as a whole.
    private static string? ReadKeys(string line, List<UdevRuleKey> keys)
    {
        var at = 0;
        while (true)
        {
            while (at < line.Length && line[at] is ' ' or '\t' or ',') at++;
            if (at >= line.Length) return keys.Count == 0 ? "The line has no key." : null;
            if (ReadKey(line, ref at) is not { } key)
            {
                keys.Clear();
                return $"udev ignores this line: it cannot be read from character {at + 1} on.";
            }

            if (!KnownKeys.Contains(key.Key))
            {
                keys.Clear();
                return $"udev ignores this line: there is no key '{DeviceText.Clean(key.Key)}'.";
            }

            keys.Add(key);
        }
    }

    private static UdevRuleKey? ReadKey(string line, ref int at)
    {
        var start = at;
        var position = at;
        while (position < line.Length && char.IsAsciiLetter(line[position])) position++;
        var name = line[start..position];
        string? attribute = null;
        if (position < line.Length && line[position] == '{')
        {
            var end = line.IndexOf('}', position);
            if (end < 0) return null;
            attribute = line[(position + 1)..end];
            position = end + 1;
        }

        while (position < line.Length && line[position] is ' ' or '\t') position++;
        var rest = line.AsSpan(position);
        string? sign = null;
        foreach (var candidate in Operators)
        {
            if (sign is null && rest.StartsWith(candidate)) sign = candidate;
        }

        if (name.Length == 0 || sign is null) return null;
        position += sign.Length;
        while (position < line.Length && line[position] is ' ' or '\t') position++;
        if (ReadValue(line, ref position) is not { } value) return null;
        at = position;
        return new UdevRuleKey(name, attribute is null ? null : DeviceText.Clean(attribute), sign, value);
    }

    // "..." where only \" means something; e"..." where C's escapes do.
    private static string? ReadValue(string line, ref int at)
    {
        var escaped = at < line.Length && line[at] is 'e' or 'i';
        if (escaped) at++;
        if (at >= line.Length || line[at] != '"') return null;
        var value = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] == '"')
            {
                at++;
                return DeviceText.Clean(value.ToString());
            }

            if (line[at] == '\\' && at + 1 < line.Length && (line[at + 1] == '"' || escaped))
            {
                at++;
                value.Append(line[at] switch { 't' when escaped => '\t', 'n' when escaped => '\n', var other => other });
                continue;
            }

            value.Append(line[at]);
        }

        return null;
    }
}
