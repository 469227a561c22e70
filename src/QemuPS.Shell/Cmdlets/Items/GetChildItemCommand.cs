using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "ChildItem", DefaultParameterSetName = "Items")]
public sealed class GetChildItemCommand : PathCmdlet
{
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
        foreach (var root in FindExisting(path))
        {
            // A path that names one file lists that file.
            if (InvokeProvider.Item.IsContainer(WildcardPattern.Escape(root)))
                ListContainer(root, string.Empty, Depth ?? (Recurse ? uint.MaxValue : 0));
            else
                WriteMatching(InvokeProvider.Item.Get([root], Force, literalPath: true), string.Empty);
        }
    }

    private void ListContainer(string container, string prefix, uint depth)
    {
        // One level at a time: a directory that may not be read is one error, not the end of the listing.
        var children = InvokeProvider.ChildItem.Get([container], recurse: false, Force, literalPath: true);
        WriteMatching(children, prefix);
        if (depth == 0)
            return;
        foreach (var child in children.Where(IsEnterable))
            Attempt(() => ListContainer((string)child.Properties["PSPath"].Value, prefix + Leaf(child) + "/", depth - 1));
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
            && (Include.Length == 0 || Array.Exists(Include, pattern => Matches(leaf, pattern)))
            && !Array.Exists(Exclude, pattern => Matches(leaf, pattern))
            && (!File || !IsContainer(item))
            && (!Directory || IsContainer(item));
    }

    private static string Leaf(PSObject item) => (string)item.Properties["PSChildName"].Value;

    private static bool IsContainer(PSObject item) => item.Properties["PSIsContainer"]?.Value is true;

    // A symbolic link to a directory is listed, not followed: it may lead back up.
    private static bool IsEnterable(PSObject item)
        => IsContainer(item) && item.BaseObject is not FileSystemInfo { LinkTarget: not null };
}
