using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Move, "Item", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
public sealed class MoveItemCommand : MandatoryPathCmdlet
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string Destination { get; set; } = ".";

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var path in Paths)
            Attempt(() => MoveAll(path));
    }

    private void MoveAll(string path)
    {
        foreach (var source in FindExisting(path))
            Attempt(() => Move(source));
    }

    private void Move(string source)
    {
        var moved = InvokeProvider.Item.Move([source], Destination, Force, literalPath: true);
        if (PassThru)
            WriteObject(moved, enumerateCollection: true);
    }
}
