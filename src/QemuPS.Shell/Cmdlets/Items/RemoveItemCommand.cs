using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Remove, "Item", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
public sealed class RemoveItemCommand : MandatoryPathCmdlet
{
    private bool _yesToAll;
    private bool _noToAll;

    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public string[] Include { get; set; } = [];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var path in Paths)
            Attempt(() => RemoveAll(path));
    }

    private void RemoveAll(string path)
    {
        foreach (var found in FindExisting(path).Where(IsWanted))
            Attempt(() => Remove(found));
    }

    private bool IsWanted(string path)
    {
        var leaf = SessionState.Path.ParseChildName(path);
        return (Include.Length == 0 || Array.Exists(Include, pattern => Matches(leaf, pattern)))
            && !Array.Exists(Exclude, pattern => Matches(leaf, pattern));
    }

    private void Remove(string path)
    {
        var isContainer = InvokeProvider.Item.IsContainer(WildcardPattern.Escape(path));
        if (!isContainer || MayRemoveChildren(path))
            InvokeProvider.Item.Remove([path], recurse: isContainer, Force, literalPath: true);
    }

    private bool MayRemoveChildren(string path)
        => Recurse
            || !InvokeProvider.ChildItem.HasChild(path, Force, literalPath: true)
            || ShouldContinue(
                $"The item at {SessionState.Path.GetUnresolvedProviderPathFromPSPath(path)} has children and the Recurse parameter was not specified. If you continue, all children will be removed with the item. Are you sure you want to continue?",
                "Confirm", ref _yesToAll, ref _noToAll);
}
