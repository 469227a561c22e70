using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>The objects Group-Object found alike; without them when <c>-NoElement</c> was given.</summary>
public class GroupInfo(string name, IEnumerable<object?> values, IEnumerable<PSObject> members)
{
    public IReadOnlyList<object?> Values { get; } = [.. values];

    public int Count => Group.Count;

    public Collection<PSObject> Group { get; } = new([.. members]);

    public string Name { get; } = name;
}

/// <summary>A group that only counts; a type of its own, since it has a view of its own.</summary>
public sealed class GroupInfoNoElement(string name, IEnumerable<object?> values, IEnumerable<PSObject> members)
    : GroupInfo(name, values, [])
{
    public new int Count { get; } = members.Count();
}
