using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.Compare, "Object")]
public sealed class CompareObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _differences = [];

    [Parameter(Mandatory = true, Position = 0)]
    [AllowEmptyCollection]
    public PSObject[] ReferenceObject { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    public PSObject[] DifferenceObject { get; set; } = [];

    [Parameter]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter ExcludeDifferent { get; set; }

    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => _differences.AddRange(DifferenceObject);

    protected override void EndProcessing()
    {
        var properties = PropertyDefinition.ParseAll(Property, "Expression");
        var order = new ObjectOrder(CaseSensitive);
        var unmatched = new List<PSObject>(_differences);
        var missing = new List<PSObject>();
        foreach (var reference in ReferenceObject)
        {
            var match = unmatched.FindIndex(candidate => IsSame(reference, candidate, properties, order));
            if (match < 0)
            {
                missing.Add(reference);
                continue;
            }

            unmatched.RemoveAt(match);
            if (IncludeEqual || ExcludeDifferent)
                Write(reference, "==", properties);
        }

        if (ExcludeDifferent)
            return;
        unmatched.ForEach(item => Write(item, "=>", properties));
        missing.ForEach(item => Write(item, "<=", properties));
    }

    private static bool IsSame(PSObject left, PSObject right, List<PropertyDefinition> properties, ObjectOrder order)
        => properties.Count == 0
            ? order.Compare(left.BaseObject, right.BaseObject) == 0
            : properties.TrueForAll(property => order.Compare(property.ValueFor(left), property.ValueFor(right)) == 0);

    private void Write(PSObject item, string side, List<PropertyDefinition> properties)
    {
        var result = PassThru ? item.Copy() : new PSObject();
        if (!PassThru && properties.Count == 0)
            result.Properties.Add(new PSNoteProperty("InputObject", item));
        foreach (var property in PassThru ? [] : properties)
            result.Properties.Add(new PSNoteProperty(property.Expression.ToString(), property.ValueFor(item)));
        result.Properties.Add(new PSNoteProperty("SideIndicator", side));
        WriteObject(result);
    }
}
