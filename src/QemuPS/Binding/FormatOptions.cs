using System.Collections;
using System.Globalization;

namespace QemuPS.Binding;

/// <summary>A format's options as a user gives them: <c>@{ lazy_refcounts = 'on' }</c>.</summary>
internal static class FormatOptions
{
    /// <summary>The options by name; a truth value becomes <c>on</c> or <c>off</c>.</summary>
    public static IReadOnlyDictionary<string, string> From(Hashtable options) =>
        options.Cast<DictionaryEntry>().ToDictionary(entry => entry.Key.ToString()!, entry => ToText(entry.Value));

    private static string ToText(object? value) =>
        value is bool truth ? (truth ? "on" : "off") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
