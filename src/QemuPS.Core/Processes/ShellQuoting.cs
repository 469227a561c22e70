using System.Buffers;
using System.Text;

namespace QemuPS.Processes;

/// <summary>Writes a command so that it can be pasted into a shell and means the same there.</summary>
public static class ShellQuoting
{
    // What neither bash nor PowerShell gives a meaning to inside a word.
    private static readonly SearchValues<char> BashPlain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/%@");

    private static readonly SearchValues<char> PowerShellPlain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:\\");

    /// <summary>A word for a POSIX shell.</summary>
    public static string Bash(string word)
    {
        if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(BashPlain)) return word;
        return word.Any(char.IsControl) ? AnsiC(word) : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A word for PowerShell, as an argument of a native command.</summary>
    public static string PowerShell(string word)
    {
        var plain = word.Length > 0 && word[0] != '-' && !word.AsSpan().ContainsAnyExcept(PowerShellPlain);
        if (plain || IsPlainOption(word)) return word;
        // PowerShell takes the typographic quotes for single quotes as well.
        var doubled = string.Concat(word.Select(c => c is '\'' or '\u2018' or '\u2019' or '\u201a' or '\u201b' ? new string(c, 2) : c.ToString()));
        return $"'{doubled}'";
    }

    /// <summary>A whole command for a POSIX shell.</summary>
    public static string Bash(IEnumerable<string> words) => string.Join(' ', words.Select(Bash));

    /// <summary>A whole command for PowerShell, with the call operator where the program's path needs quotes.</summary>
    public static string PowerShell(IEnumerable<string> words)
    {
        var text = string.Join(' ', words.Select(PowerShell));
        return text.StartsWith('\'') ? "& " + text : text;
    }

    /// <summary>A whole command for a POSIX shell, an option a line.</summary>
    public static string BashLines(IReadOnlyList<string> words) => string.Join(" \\\n  ", Lines(words).Select(Bash));

    /// <summary>A whole command for PowerShell, an option a line.</summary>
    public static string PowerShellLines(IReadOnlyList<string> words) => string.Join(" `\n  ", Lines(words).Select(PowerShell));

    // The program, then each option with its value.
    private static IEnumerable<List<string>> Lines(IReadOnlyList<string> words)
    {
        var line = new List<string>();
        foreach (var word in words)
        {
            if (word.StartsWith('-') && line.Count > 0)
            {
                yield return line;
                line = [];
            }

            line.Add(word);
        }

        if (line.Count > 0) yield return line;
    }

    // "-device" is a plain word for a native command; "-a.b" and "-a:b" would be split by PowerShell's parser.
    private static bool IsPlainOption(string word) =>
        word.Length > 1 && word[0] == '-' && char.IsAsciiLetter(word[1]) && word.Skip(1).All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string AnsiC(string word)
    {
        var text = new StringBuilder("$'");
        foreach (var c in word)
        {
            text.Append(c switch
            {
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                '\'' => "\\'",
                '\\' => @"\\",
                _ when char.IsControl(c) => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return text.Append('\'').ToString();
    }
}
