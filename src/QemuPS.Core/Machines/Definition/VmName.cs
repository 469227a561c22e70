using System.Text;

namespace QemuPS.Machines;

/// <summary>
/// The rule for machine names. A name is a folder, a wildcard pattern's subject and part of QEMU's command line, so
/// it is kept to what means nothing special in any of them.
/// </summary>
public static class VmName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaximumLength = 64;

    /// <summary>Throws when the name cannot be one.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidVmName"/></exception>
    public static void Require(string name)
    {
        if (WhyNot(name) is { } reason)
        {
            throw new QemuException(
                ErrorId.InvalidVmName,
                $"'{Shorten(name)}' cannot be a machine's name: {reason}.",
                "Use up to 64 letters, digits, spaces, '.', '_' and '-', beginning with a letter or digit.");
        }
    }

    private static string? WhyNot(string name)
    {
        if (name.Length == 0) return "it is empty";
        if (name.Length > MaximumLength || Encoding.UTF8.GetByteCount(name) > 200) return $"it is longer than {MaximumLength} characters";
        if (!char.IsLetterOrDigit(name[0])) return "it does not begin with a letter or digit";
        if (name[^1] is ' ' or '.') return "it ends with a space or a dot";
        var bad = name.FirstOrDefault(c => !char.IsLetterOrDigit(c) && c is not (' ' or '.' or '_' or '-'));
        return bad == default ? null : char.IsControl(bad) ? "it has a control character" : $"it has a '{bad}'";
    }

    private static string Shorten(string name)
    {
        var shown = string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
        return shown.Length <= 40 ? shown : shown[..40] + "...";
    }
}
