using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>
/// One element of a <c>-Property</c> list: a name, a wildcard, a script block, or a hashtable that calculates a value.
/// </summary>
internal sealed record PropertyDefinition(PSPropertyExpression Expression, string? Name, bool? Descending)
{
    public static List<PropertyDefinition> ParseAll(object[]? properties, params string[] allowedKeys)
        => properties is null ? [] : [.. properties.Select(property => Parse(property, allowedKeys))];

    /// <summary>The value for one object: null when it has no such property or its calculation fails.</summary>
    public object? ValueFor(PSObject input)
        => Expression.GetValues(input).FirstOrDefault() is { Exception: null } result ? result.Result : null;

    private static PropertyDefinition Parse(object property, string[] allowedKeys)
        => (property is PSObject wrapped ? wrapped.BaseObject : property) switch
        {
            IDictionary table => ParseTable(table, allowedKeys),
            var plain => new PropertyDefinition(ToExpression(plain), Name: null, Descending: null),
        };

    private static PropertyDefinition ParseTable(IDictionary table, string[] allowedKeys)
    {
        PSPropertyExpression? expression = null;
        string? name = null;
        bool? descending = null;
        foreach (DictionaryEntry entry in table)
        {
            switch (FullKey(entry.Key, allowedKeys))
            {
                case "Expression":
                    expression = ToExpression(entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value);
                    break;
                case "Name" or "Label":
                    name = LanguagePrimitives.ConvertTo<string>(entry.Value);
                    break;
                case "Descending":
                    descending = LanguagePrimitives.IsTrue(entry.Value);
                    break;
                case "Ascending":
                    descending = !LanguagePrimitives.IsTrue(entry.Value);
                    break;
            }
        }

        return new PropertyDefinition(
            expression ?? throw new PSArgumentException("A calculated property needs the key \"Expression\"."), name, descending);
    }

    private static string FullKey(object key, string[] allowedKeys)
    {
        var text = LanguagePrimitives.ConvertTo<string>(key);
        return Array.Find(allowedKeys, allowed => allowed.StartsWith(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new PSArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"The {text} key is not valid. Valid keys are: {string.Join(", ", allowedKeys)}."));
    }

    private static PSPropertyExpression ToExpression(object? value) => value switch
    {
        ScriptBlock script => new PSPropertyExpression(script),
        string { Length: > 0 } name => new PSPropertyExpression(name),
        null or "" => throw new PSArgumentException("A property name cannot be empty."),
        _ => new PSPropertyExpression(LanguagePrimitives.ConvertTo<string>(value)),
    };
}
