using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>What came out of one input object, and the properties that were put on it.</summary>
internal sealed record Projected(PSObject Object, List<PSNoteProperty> Notes);

/// <summary>The part of Select-Object that makes new objects: some properties, calculated ones, one expanded.</summary>
internal sealed class PropertyProjection
{
    private readonly Cmdlet _cmdlet;
    private readonly List<PropertyDefinition> _properties;
    private readonly List<WildcardPattern> _excluded;
    private readonly PSPropertyExpression? _expanded;
    private readonly string? _expandedName;

    public PropertyProjection(Cmdlet cmdlet, object[]? properties, string[]? excluded, string? expanded)
    {
        // Excluding implies that everything else is wanted.
        object[]? wanted = properties is null or [] && excluded is not null ? ["*"] : properties;
        _cmdlet = cmdlet;
        _properties = PropertyDefinition.ParseAll(wanted, "Expression", "Name", "Label");
        _excluded = [.. (excluded ?? []).Select(pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase))];
        _expandedName = expanded;
        _expanded = string.IsNullOrEmpty(expanded) ? null : new PSPropertyExpression(expanded);
    }

    public IEnumerable<Projected> Apply(PSObject input)
    {
        if (_properties.Count == 0 && _expanded is null)
            return [new Projected(input, [])];
        var notes = _properties.SelectMany(property => NotesFor(property, input)).ToList();
        return _expanded is null ? [Collect(input, notes)] : Expand(_expanded, input, notes);
    }

    private List<PSNoteProperty> NotesFor(PropertyDefinition property, PSObject input)
    {
        var results = property.Expression.ResolveNames(input).Where(IsWanted).SelectMany(name => name.GetValues(input)).ToList();
        if (results.Count == 0 && !property.Expression.HasWildCardCharacters)
            return [new PSNoteProperty(property.Name ?? property.Expression.ToString(), null)];
        if (property.Name is null || results.Count <= 1)
            return [.. results.Select(result => new PSNoteProperty(property.Name ?? result.ResolvedExpression.ToString(), result.Result))];

        WriteError(new InvalidOperationException("Cannot rename multiple results."), "RenamingMultipleResults", input);
        return [];
    }

    private bool IsWanted(PSPropertyExpression name) => !_excluded.Exists(pattern => pattern.IsMatch(name.ToString()));

    private Projected Collect(PSObject input, List<PSNoteProperty> notes)
    {
        var collected = new PSObject();
        AddNotes(collected, input, notes, "AlreadyExistingUserSpecifiedPropertyNoExpand");
        collected.TypeNames.Insert(0, "Selected." + input.BaseObject.GetType());
        return new Projected(collected, notes);
    }

    private IEnumerable<Projected> Expand(PSPropertyExpression expanded, PSObject input, List<PSNoteProperty> notes)
    {
        var results = expanded.GetValues(input);
        if (results.Count == 1 && results[0].Exception is null)
            return ExpandValue(results[0].Result, input, notes);

        if (results.Count == 0)
            WriteError(new PSArgumentException($"Property \"{_expandedName}\" cannot be found."), "ExpandPropertyNotFound", input, ErrorCategory.InvalidArgument);
        else if (results.Count > 1)
            WriteError(new PSArgumentException($"Multiple properties cannot be expanded: \"{_expandedName}\"."), "MutlipleExpandProperties", input, ErrorCategory.InvalidArgument);
        else
            WriteError(results[0].Exception, "PropertyEvaluationExpand", input, ErrorCategory.InvalidResult);
        return [];
    }

    private IEnumerable<Projected> ExpandValue(object? value, PSObject input, List<PSNoteProperty> notes)
    {
        if (value is null)
            yield break;
        foreach (var item in LanguagePrimitives.GetEnumerable(value) ?? new[] { value })
        {
            if (item is null)
                continue;

            // The properties belong to this copy alone, not to the value wherever else it is used.
            var copy = notes.Count == 0 ? PSObject.AsPSObject(item) : PSObject.AsPSObject(item).Copy();
            AddNotes(copy, input, notes, "AlreadyExistingUserSpecifiedPropertyExpand");
            yield return new Projected(copy, notes);
        }
    }

    private void AddNotes(PSObject target, PSObject input, List<PSNoteProperty> notes, string errorId)
    {
        foreach (var note in notes)
        {
            if (target.Properties[note.Name] is null)
                target.Properties.Add(note);
            else
                WriteError(new PSArgumentException($"The property cannot be processed because the property \"{note.Name}\" already exists."), errorId, input);
        }
    }

    private void WriteError(Exception error, string id, PSObject input, ErrorCategory category = ErrorCategory.InvalidOperation)
        => _cmdlet.WriteError(new ErrorRecord(error, id, category, input));
}
