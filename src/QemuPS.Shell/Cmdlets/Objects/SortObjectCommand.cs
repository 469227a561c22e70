using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet("Sort", "Object", DefaultParameterSetName = "Default")]
public sealed class SortObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _input = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter Descending { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    /// <summary>Equal objects always keep their order here; in pwsh it has to be asked for.</summary>
    [Parameter(ParameterSetName = "Default")]
    public SwitchParameter Stable { get; set; }

    [Parameter(ParameterSetName = "Top", Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; }

    [Parameter(ParameterSetName = "Bottom", Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Bottom { get; set; }

    private sealed record Key(bool IsMissing, object? Value);

    private sealed record Keyed(PSObject Object, Key[] Keys);

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
            _input.Add(InputObject);
    }

    protected override void EndProcessing()
    {
        var order = new ObjectOrder(CaseSensitive);
        var properties = SortProperties();
        var keyed = _input.Select(item => new Keyed(item, KeysOf(item, properties)));
        var sorted = Order(keyed, properties, order);
        if (Unique)
            sorted = sorted.DistinctBy(item => item.Keys, new KeysEquality(order));
        foreach (var item in Limit([.. sorted]))
            WriteObject(item.Object);
    }

    private List<PropertyDefinition> SortProperties()
    {
        var properties = PropertyDefinition.ParseAll(Property, "Expression", "Ascending", "Descending");
        if (properties.Count > 0 || _input.Count == 0)
            return properties;
        var standard = _input[0].Members["PSStandardMembers"]?.Value as PSMemberSet;
        return standard?.Members["DefaultKeyPropertySet"] is PSPropertySet keys
            ? PropertyDefinition.ParseAll([.. keys.ReferencedPropertyNames])
            : properties;
    }

    private static Key[] KeysOf(PSObject item, List<PropertyDefinition> properties)
        => properties.Count == 0
            ? [new Key(IsMissing: false, item.BaseObject)]
            : [.. properties.Select(property => new Key(property.Expression.ResolveNames(item).Count == 0, property.ValueFor(item)))];

    private IEnumerable<Keyed> Order(IEnumerable<Keyed> items, List<PropertyDefinition> properties, ObjectOrder order)
    {
        IOrderedEnumerable<Keyed>? ordered = null;
        for (var i = 0; i < Math.Max(1, properties.Count); i++)
        {
            var index = i;
            var descending = i < properties.Count && properties[i].Descending is { } own ? own : Descending.IsPresent;

            // Whatever the direction, an object without the property comes last.
            ordered = ordered?.ThenBy(item => item.Keys[index].IsMissing) ?? items.OrderBy(item => item.Keys[index].IsMissing);
            ordered = descending
                ? ordered.ThenByDescending(item => item.Keys[index].Value, order)
                : ordered.ThenBy(item => item.Keys[index].Value, order);
        }

        return ordered!;
    }

    private IEnumerable<Keyed> Limit(List<Keyed> sorted)
        => Top > 0 ? sorted.Take(Top) : Bottom > 0 ? sorted.TakeLast(Bottom) : sorted;

    private sealed class KeysEquality(ObjectOrder order) : IEqualityComparer<Key[]>
    {
        public bool Equals(Key[]? x, Key[]? y)
            => x!.Zip(y!).All(pair => pair.First.IsMissing == pair.Second.IsMissing && order.Compare(pair.First.Value, pair.Second.Value) == 0);

        public int GetHashCode(Key[] obj) => 0;
    }
}
