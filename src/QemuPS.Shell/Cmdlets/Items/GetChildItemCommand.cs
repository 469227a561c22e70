using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "ChildItem", DefaultParameterSetName = "Items")]
public sealed class GetChildItemCommand : PathCmdlet
{
    private string[] _include = [];

    [Parameter(Position = 0, ParameterSetName = "Items", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = ["."];

    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    public string? Filter { get; set; }

    [Parameter]
    public string[] Include { get; set; } = [];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    [Alias("s", "r")]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public uint? Depth { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter Name { get; set; }

    [Parameter]
    [Alias("af")]
    public SwitchParameter File { get; set; }

    [Parameter]
    [Alias("ad")]
    public SwitchParameter Directory { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var path in IsLiteral ? LiteralPath : Path)
            Attempt(() => List(path));
    }

    private void List(string path)
    {
        var depth = Depth ?? (Recurse ? uint.MaxValue : 0);
        if (Recurse && !IsLiteral && SplitSearch(path) is var (start, leaf))
        {
            _include = leaf == "*" ? Include : [.. Include, leaf];
            foreach (var root in FindExisting(start))
                ListContainer(root, string.Empty, depth);
            return;
        }

        _include = Include;
        var isPattern = !IsLiteral && WildcardPattern.ContainsWildcardCharacters(path);
        foreach (var root in FindExisting(path))
            ListOne(root, depth, isPattern);
    }

    // "-Recurse *.txt" looks for *.txt from here down.
    private (string Start, string Leaf)? SplitSearch(string path)
    {
        var leaf = SessionState.Path.ParseChildName(path);
        if (leaf != "*" && InvokeProvider.Item.IsContainer(path))
            return null;
        var start = SessionState.Path.ParseParent(path, root: string.Empty);
        return (start.Length > 0 ? start : ".", leaf);
    }

    // A pattern lists what it matches, a name what is in it. -Include is about what a pattern or a recursion finds.
    private void ListOne(string root, uint depth, bool isPattern)
    {
        var isContainer = InvokeProvider.Item.IsContainer(WildcardPattern.Escape(root));
        var isFiltered = Include.Length > 0 || Exclude.Length > 0;
        if (!isContainer || (isPattern && !isFiltered && !Recurse))
            WriteMatching(InvokeProvider.Item.Get([root], Force, literalPath: true), string.Empty);
        else if (isPattern ? IsNamed(SessionState.Path.ParseChildName(root)) : Include.Length == 0 || Recurse)
            ListContainer(root, string.Empty, depth);
    }

    private void ListContainer(string container, string prefix, uint depth)
    {
        // One level at a time: a directory that may not be read is one error, not the end of the listing.
        var children = InvokeProvider.ChildItem.Get([container], recurse: false, Force, literalPath: true);
        var filtered = !Name && (_include.Length > 0 || Exclude.Length > 0);
        if (!filtered)
            WriteMatching(children, prefix);
        foreach (var child in children)
        {
            // A filtered listing goes into each directory where it stands, an unfiltered one after the whole level.
            if (filtered)
                WriteMatching([child], prefix);
            if (depth > 0 && IsEnterable(child))
                Attempt(() => ListContainer((string)child.Properties["PSPath"].Value, prefix + Leaf(child) + "/", depth - 1));
        }
    }

    private void WriteMatching(IEnumerable<PSObject> items, string prefix)
    {
        foreach (var item in items.Where(IsWanted))
            WriteObject(Name ? prefix + Leaf(item) : item);
    }

    private bool IsWanted(PSObject item)
    {
        var leaf = Leaf(item);
        return Matches(leaf, Filter)
            && IsNamed(leaf)
            && (!File || !IsContainer(item))
            && (!Directory || IsContainer(item));
    }

    private bool IsNamed(string leaf)
        => (_include.Length == 0 || Array.Exists(_include, pattern => Matches(leaf, pattern)))
            && !Array.Exists(Exclude, pattern => Matches(leaf, pattern));

    private static string Leaf(PSObject item) => (string)item.Properties["PSChildName"].Value;

    private static bool IsContainer(PSObject item) => item.Properties["PSIsContainer"]?.Value is true;

    // A symbolic link to a directory is listed, not followed: it may lead back up.
    private static bool IsEnterable(PSObject item)
        => IsContainer(item) && item.BaseObject is not FileSystemInfo { LinkTarget: not null };
}
