namespace QemuPS.Udev;

/// <summary>udev's patterns: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a]</c>, and alternatives between <c>|</c>.</summary>
internal static class RulePattern
{
    /// <summary>The text fits one of the alternatives as a whole.</summary>
    public static bool Fits(string pattern, string text) => pattern.Split('|').Any(each => Fits(each.AsSpan(), text));

    /// <summary>A text as a pattern that fits it and, where it has characters of patterns itself, one character in their place.</summary>
    public static string Literal(string text) => string.Concat(text.Select(letter => letter is '*' or '?' or '[' or ']' or '|' or '"' or '\\' ? '?' : letter));

    // Greedy with one point to come back to: the time is the product of both lengths, whatever the pattern.
    private static bool Fits(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var (p, t, star, mark) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, t);
            }
            else if (p < pattern.Length && FitsOne(pattern, p, text[t], out var next))
            {
                p = next;
                t++;
            }
            else if (star >= 0)
            {
                (p, t) = (star + 1, ++mark);
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    private static bool FitsOne(ReadOnlySpan<char> pattern, int at, char letter, out int next)
    {
        next = at + 1;
        if (pattern[at] == '?') return true;
        if (pattern[at] != '[') return pattern[at] == letter;
        var end = pattern.Length > at + 2 ? pattern[(at + 2)..].IndexOf(']') : -1;
        if (end < 0) return letter == '[';
        var set = pattern.Slice(at + 1, end + 1);
        next = at + end + 3;
        var isOthers = set[0] is '!' or '^';
        if (isOthers) set = set[1..];
        return Contains(set, letter) != isOthers;
    }

    private static bool Contains(ReadOnlySpan<char> set, char letter)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (letter >= set[i] && letter <= set[i + 2]) return true;
                i += 2;
            }
            else if (set[i] == letter)
            {
                return true;
            }
        }

        return false;
    }
}
