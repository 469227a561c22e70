using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Numerics;
using System.Reflection;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace Microsoft.PowerShell.Commands;

/// <summary>
/// Turns PowerShell objects into JSON text as pwsh does: first into dictionaries, lists and plain values down to a
/// depth, then into text by the same serializer pwsh uses.
/// </summary>
internal sealed class JsonWriter(int maxDepth, bool enumsAsStrings, Action onTruncated, CancellationToken cancellation)
{
    private const PSMemberTypes Extended = PSMemberTypes.NoteProperty | PSMemberTypes.ScriptProperty | PSMemberTypes.AliasProperty | PSMemberTypes.CodeProperty;

    public string Write(object? value, Formatting formatting, StringEscapeHandling escaping)
    {
        var settings = new JsonSerializerSettings
        {
            TypeNameHandling = TypeNameHandling.None,
            MaxDepth = 1024,
            Formatting = formatting,
            StringEscapeHandling = escaping,
        };
        if (enumsAsStrings)
            settings.Converters.Add(new StringEnumConverter());
        return JsonConvert.SerializeObject(Plain(value, depth: 0), settings);
    }

    private object? Plain(object? value, int depth)
    {
        cancellation.ThrowIfCancellationRequested();
        var wrapper = value as PSObject;
        var inner = wrapper is null ? value : wrapper.BaseObject;
        if (inner is null or DBNull or System.Management.Automation.Language.NullString)
            return null;
        if (IsPlain(inner))
            return WithProperties(wrapper, inner, depth, isCustom: false);
        if (inner.GetType().IsEnum)
            return WithProperties(wrapper, PlainEnum(inner), depth, isCustom: false);
        if (depth > maxDepth)
            return Truncated(wrapper, inner);
        return inner switch
        {
            IDictionary table => WithProperties(wrapper, PlainTable(table, depth), depth, isCustom: false),
            IEnumerable items => WithProperties(wrapper, PlainList(items, depth), depth, isCustom: false),
            _ => WithProperties(wrapper, PlainMembers(inner, depth), depth, isCustom: true),
        };
    }

    private static bool IsPlain(object value)
        => value is string or DateTime or DateTimeOffset or Guid or Uri or decimal or BigInteger || value.GetType().IsPrimitive;

    // JavaScript's numbers cannot hold every 64-bit value, so such an enum goes by its name.
    private static object PlainEnum(object value)
        => Enum.GetUnderlyingType(value.GetType()) == typeof(long) || Enum.GetUnderlyingType(value.GetType()) == typeof(ulong)
            ? value.ToString()!
            : value;

    private string Truncated(PSObject? wrapper, object inner)
    {
        onTruncated();
        return LanguagePrimitives.ConvertTo<string>(wrapper is not null && inner is PSCustomObject ? wrapper : inner);
    }

    private OrderedDictionary PlainTable(IDictionary table, int depth)
    {
        var plain = new OrderedDictionary();
        foreach (DictionaryEntry entry in table)
        {
            var name = entry.Key as string ?? LanguagePrimitives.ConvertTo<string>(entry.Key);
            plain.Add(name, Plain(entry.Value, depth + 1));
        }

        return plain;
    }

    private List<object?> PlainList(IEnumerable items, int depth)
    {
        var plain = new List<object?>();
        foreach (var item in items)
            plain.Add(Plain(item, depth + 1));
        return plain;
    }

    private OrderedDictionary PlainMembers(object value, int depth)
    {
        var plain = new OrderedDictionary();
        var type = value.GetType();
        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Instance).Where(IsWanted))
            plain[field.Name] = Plain(ValueOrNull(() => field.GetValue(value)), depth + 1);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsWanted))
        {
            if (property.GetMethod is { IsPublic: true } getter && getter.GetParameters().Length == 0)
                plain[property.Name] = Plain(ValueOrNull(() => getter.Invoke(value, [])), depth + 1);
        }

        return plain;
    }

    private static bool IsWanted(MemberInfo member) => !member.IsDefined(typeof(JsonIgnoreAttribute), inherit: true);

    // A property that cannot be read is null in the text: one bad getter must not cost the whole object.
    private static object? ValueOrNull(Func<object?> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is TargetInvocationException or RuntimeException)
        {
            return null;
        }
    }

    private object WithProperties(PSObject? wrapper, object plain, int depth, bool isCustom)
    {
        if (wrapper is null || wrapper.BaseObject is string or DateTime)
            return plain;
        var table = plain as IDictionary ?? new OrderedDictionary { ["value"] = plain };
        var types = isCustom ? Extended | PSMemberTypes.Property : Extended;
        foreach (var property in wrapper.Properties.Match("*", types))
        {
            if (!table.Contains(property.Name))
                table[property.Name] = Plain(ValueOrNull(() => property.Value), depth + 1);
        }

        return plain is IDictionary || table.Count > 1 ? table : plain;
    }
}
