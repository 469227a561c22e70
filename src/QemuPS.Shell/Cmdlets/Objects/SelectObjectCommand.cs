using System.Management.Automation;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Select, "Object", DefaultParameterSetName = DefaultSet)]
public sealed class SelectObjectCommand : PSCmdlet
{
    private const string DefaultSet = "DefaultParameter";
    private const string IndexSet = "IndexParameter";
    private const string SkipIndexSet = "SkipIndexParameter";
    private const string SkipLastSet = "SkipLastParameter";

    private readonly Queue<PSObject> _held = new();
    private readonly List<Projected> _distinct = [];
    private PropertyProjection? _projection;
    private ObjectOrder? _order;
    private int _seen;
    private int _taken;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, ParameterSetName = DefaultSet)]
    [Parameter(Position = 0, ParameterSetName = SkipLastSet)]
    public object[]? Property { get; set; }

    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(ParameterSetName = SkipLastSet)]
    public string[]? ExcludeProperty { get; set; }

    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(ParameterSetName = SkipLastSet)]
    public string? ExpandProperty { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseInsensitive { get; set; }

    [Parameter(ParameterSetName = DefaultSet)]
    [ValidateRange(0, int.MaxValue)]
    public int? First { get; set; }

    [Parameter(ParameterSetName = DefaultSet)]
    [ValidateRange(0, int.MaxValue)]
    public int? Last { get; set; }

    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(ParameterSetName = SkipLastSet)]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    [Parameter(ParameterSetName = SkipLastSet)]
    [ValidateRange(0, int.MaxValue)]
    public int SkipLast { get; set; }

    /// <summary>Lets the commands before this one run to their end.</summary>
    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(ParameterSetName = IndexSet)]
    public SwitchParameter Wait { get; set; }

    [Parameter(ParameterSetName = IndexSet)]
    [ValidateRange(0, int.MaxValue)]
    public int[]? Index { get; set; }

    [Parameter(ParameterSetName = SkipIndexSet)]
    [ValidateRange(0, int.MaxValue)]
    public int[]? SkipIndex { get; set; }

    private bool FromTheEnd => Last > 0 && First is null or 0;

    protected override void BeginProcessing()
    {
        _projection = new PropertyProjection(this, Property, ExcludeProperty, ExpandProperty);
        _order = new ObjectOrder(caseSensitive: !CaseInsensitive);
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        var position = _seen++;
        if (Index is not null)
            TakeAt(position, Index);
        else if (SkipIndex is null)
            TakeFromRange(InputObject, position);
        else if (!SkipIndex.Contains(position))
            Take(InputObject);
    }

    protected override void EndProcessing()
    {
        if (Last > 0)
        {
            // Counted from the end, -Skip leaves out the very last ones.
            var count = FromTheEnd ? Math.Max(0, _held.Count - Skip) : _held.Count;
            for (var i = 0; i < count; i++)
                Take(_held.Dequeue());
        }

        foreach (var (selected, _) in _distinct)
            WriteObject(selected);
    }

    private void TakeAt(int position, int[] wanted)
    {
        if (wanted.Contains(position))
            Take(InputObject!);
        if (position >= wanted.Max())
            StopUpstream();
    }

    private void TakeFromRange(PSObject input, int position)
    {
        if (FromTheEnd)
            Hold(input, Last!.Value + Skip);
        else if (position < Skip)
            return;
        else if (ParameterSetName == SkipLastSet)
            TakeDelayed(input);
        else if (First is null && Last is null)
            Take(input);
        else if (_taken < First)
            TakeCounted(input);
        else if (Last > 0)
            Hold(input, Last.Value);
    }

    private void TakeCounted(PSObject input)
    {
        _taken++;
        Take(input);
        if (_taken == First && !(Last > 0))
            StopUpstream();
    }

    private void TakeDelayed(PSObject input)
    {
        _held.Enqueue(input);
        if (_held.Count > SkipLast)
            Take(_held.Dequeue());
    }

    private void Hold(PSObject input, int limit)
    {
        _held.Enqueue(input);
        if (_held.Count > limit)
            _held.Dequeue();
    }

    private void Take(PSObject input)
    {
        foreach (var projected in _projection!.Apply(input))
        {
            if (!Unique)
                WriteObject(projected.Object);
            else if (!_distinct.Exists(known => IsSame(known, projected)))
                _distinct.Add(projected);
        }
    }

    private bool IsSame(Projected left, Projected right)
        => _order!.Compare(left.Object.BaseObject, right.Object.BaseObject) == 0
            && left.Notes.Count == right.Notes.Count
            && right.Notes.TrueForAll(note => left.Object.Properties[note.Name] is { } same && _order.Compare(same.Value, note.Value) == 0);

    private void StopUpstream()
    {
        if (Wait)
            return;
        EndProcessing();
        throw EngineInternals.StopUpstream(this);
    }
}
