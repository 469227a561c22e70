using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>A definition that was given, and whether it may be a stranger's.</summary>
/// <param name="Definition">The definition.</param>
/// <param name="IsOwn">Made in this session: a machine of the store, a definition, a hashtable. Text and what was read from text is not.</param>
internal sealed record DefinitionInput(VmDefinition Definition, bool IsOwn)
{
    private const string Source = "-Definition";

    /// <summary>What a value stands for.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/></exception>
    public static IEnumerable<DefinitionInput> From(object item)
    {
        var value = item is PSObject wrapped ? wrapped.BaseObject : item;
        return value switch
        {
            VmDefinition definition => [new(definition, true)],
            QemuVm { Source: { } definition } => [new(definition, true)],
            string text => Read(System.Text.Encoding.UTF8.GetBytes(text), false),
            IDictionary members => Read(JsonSerializer.SerializeToUtf8Bytes(JsonConversion.ToJson(members)), value.GetType() == typeof(Hashtable) || value is OrderedDictionary),
            PSCustomObject => Read(JsonSerializer.SerializeToUtf8Bytes(JsonConversion.ToNode(item)), false),
            IEnumerable items => items.Cast<object>().SelectMany(From),
            _ => throw new QemuException(ErrorId.InvalidDefinition, $"'{item}' is no definition."),
        };
    }

    private static IEnumerable<DefinitionInput> Read(byte[] text, bool isOwn) => DefinitionShape.Read(text, Source).Select(definition => new DefinitionInput(definition, isOwn));
}
