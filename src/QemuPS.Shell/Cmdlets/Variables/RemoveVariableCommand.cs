using System.Management.Automation;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Remove, "Variable", SupportsShouldProcess = true)]
public sealed class RemoveVariableCommand : VariableCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var variable in Name.SelectMany(name => Find(name, Scope)))
        {
            if (ShouldProcess($"Name: {variable.Name}", "Remove variable"))
                Remove(variable);
        }
    }

    private void Remove(PSVariable variable)
    {
        try
        {
            EngineInternals.RemoveVariable(SessionState, variable, Scope ?? CurrentScope, Force);
        }
        catch (SessionStateException error)
        {
            WriteError(new ErrorRecord(error.ErrorRecord, error));
        }
    }
}

[Cmdlet(VerbsCommon.Clear, "Variable", SupportsShouldProcess = true)]
public sealed class ClearVariableCommand : VariableCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var variable in Name.SelectMany(name => Find(name, Scope)))
        {
            if (ShouldProcess($"Name: {variable.Name}", "Clear variable"))
                variable.Value = null;
        }
    }
}
