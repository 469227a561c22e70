using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Copy, "Item", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
public sealed class CopyItemCommand : MandatoryPathCmdlet
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string Destination { get; set; } = ".";

    [Parameter]
    public SwitchParameter Container { get; set; } = true;

    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var path in Paths)
            Attempt(() => CopyAll(path));
    }

    private void CopyAll(string path)
    {
        foreach (var source in FindExisting(path))
            Attempt(() => Copy(source));
    }

    private void Copy(string source)
    {
        var containers = Container ? CopyContainers.CopyTargetContainer : CopyContainers.CopyChildrenOfTargetContainer;
        var copied = InvokeProvider.Item.Copy([source], Destination, Recurse, containers, Force, literalPath: true);
        if (PassThru)
            WriteObject(copied, enumerateCollection: true);
    }
}
