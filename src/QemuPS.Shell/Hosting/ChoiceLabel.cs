using System.Management.Automation.Host;

namespace QemuPS.Shell.Hosting;

/// <summary>A choice such as <c>Yes to &amp;All</c>: the letter after the ampersand answers it.</summary>
internal sealed record ChoiceLabel(string Text, string Hotkey)
{
    /// <summary>What stands for the choice in a text: its letter, or the whole label when it has none.</summary>
    public string Key => Hotkey.Length > 0 ? Hotkey : Text;

    public static ChoiceLabel Parse(ChoiceDescription choice)
    {
        var marker = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return marker < 0 || marker == choice.Label.Length - 1
            ? new ChoiceLabel(choice.Label.TrimEnd('&'), string.Empty)
            : new ChoiceLabel(choice.Label.Remove(marker, 1), choice.Label[marker + 1].ToString().ToUpperInvariant());
    }

    public bool IsAnsweredBy(string answer)
        => answer.Equals(Text, StringComparison.OrdinalIgnoreCase)
            || (Hotkey.Length > 0 && answer.Equals(Hotkey, StringComparison.OrdinalIgnoreCase));
}
