using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.Group, "Object", DefaultParameterSetName = "HashTable")]
[OutputType(typeof(GroupInfo), typeof(Hashtable))]
public sealed class GroupObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _input = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter NoElement { get; set; }

    [Parameter(ParameterSetName = "HashTable")]
    [Alias("AHT")]
    public SwitchParameter AsHashTable { get; set; }

    [Parameter(ParameterSetName = "HashTable")]
    public SwitchParameter AsString { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
            _input.Add(InputObject);
    }

    protected override void EndProcessing()
    {
        var properties = PropertyDefinition.ParseAll(Property, "Expression");
        var order = new ObjectOrder(CaseSensitive);
        var groups = _input
            .GroupBy(item => KeysOf(item, properties), new KeysEquality(order))
            .OrderBy(group => group.Key, Comparer<object?[]>.Create((x, y) => CompareKeys(x, y, order)));
        if (AsHashTable)
            WriteObject(ToTable(groups));
        else
            WriteObject(groups.Select(ToGroup), enumerateCollection: true);
    }

    private static object?[] KeysOf(PSObject item, List<PropertyDefinition> properties)
        => properties.Count == 0 ? [item.BaseObject] : [.. properties.Select(property => property.ValueFor(item))];

    private static int CompareKeys(object?[] x, object?[] y, ObjectOrder order)
        => x.Zip(y).Select(pair => order.Compare(pair.First, pair.Second)).FirstOrDefault(result => result != 0);

    private GroupInfo ToGroup(IGrouping<object?[], PSObject> group)
    {
        var name = string.Join(", ", group.Key.Select(Text));
        return NoElement ? new GroupInfoNoElement(name, group.Key, group) : new GroupInfo(name, group.Key, group);
    }

    private static string Text(object? value) => value is null ? string.Empty : LanguagePrimitives.ConvertTo<string>(value);

    private Hashtable ToTable(IEnumerable<IGrouping<object?[], PSObject>> groups)
    {
        var table = new Hashtable(CaseSensitive ? StringComparer.CurrentCulture : StringComparer.CurrentCultureIgnoreCase);
        foreach (var group in groups)
        {
            var key = AsString || group.Key.Length > 1 ? string.Join(", ", group.Key.Select(Text)) : group.Key[0];
            table.Add(key ?? string.Empty, new Collection<PSObject>([.. group]));
        }

        return table;
    }

    private sealed class KeysEquality(ObjectOrder order) : IEqualityComparer<object?[]>
    {
        public bool Equals(object?[]? x, object?[]? y) => CompareKeys(x!, y!, order) == 0;

        public int GetHashCode(object?[] obj) => 0;
    }
}
