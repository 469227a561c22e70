using System.Management.Automation;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

/// <summary>What Set-Variable and New-Variable both take.</summary>
public abstract class WriteVariableCommand : VariableCommand
{
    [Parameter]
    public string? Description { get; set; }

    [Parameter]
    public ScopedItemOptions? Option { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected void Write(string name, object? value)
    {
        if (!ShouldProcess($"Name: {name} Value: {value}", $"{MyInvocation.MyCommand.Name.Split('-')[0]} variable"))
            return;
        try
        {
            var variable = new PSVariable(name, value, Option ?? ScopedItemOptions.None);
            if (Description is not null)
                variable.Description = Description;
            EngineInternals.SetVariable(SessionState, variable, Scope ?? CurrentScope, Force);
            if (PassThru)
                WriteObject(variable);
        }
        catch (SessionStateException error)
        {
            WriteError(new ErrorRecord(error.ErrorRecord, error));
        }
    }
}

[Cmdlet(VerbsCommon.Set, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class SetVariableCommand : WriteVariableCommand
{
    private readonly List<object?> _values = [];
    private string[] _names = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public object? Value { get; set; }

    // What comes through the pipeline becomes one value at the end.
    protected override void ProcessRecord()
    {
        _names = Name;
        if (MyInvocation.ExpectingInput)
            _values.Add(Value);
        else
            WriteAll(Value);
    }

    protected override void EndProcessing()
    {
        if (MyInvocation.ExpectingInput)
            WriteAll(_values.Count == 1 ? _values[0] : _values.ToArray());
    }

    private void WriteAll(object? value)
    {
        foreach (var name in _names)
            Assign(name, value);
    }

    private void Assign(string name, object? value)
    {
        // An existing variable keeps its attributes and is set where it is, unless a scope was named.
        if (Scope is null && Option is null && Description is null && !Force && !PassThru)
        {
            if (ShouldProcess($"Name: {name} Value: {value}", "Set variable"))
                SessionState.PSVariable.Set(name, value);
        }
        else
        {
            Write(name, value);
        }
    }
}

[Cmdlet(VerbsCommon.New, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class NewVariableCommand : WriteVariableCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public object? Value { get; set; }

    protected override void ProcessRecord()
    {
        var existing = EngineInternals.Variables(SessionState, Scope ?? CurrentScope);
        if (!Force && existing.Any(variable => variable.Name.Equals(Name, StringComparison.OrdinalIgnoreCase)))
        {
            WriteError(new ErrorRecord(
                new SessionStateException($"A variable with name '{Name}' already exists."), "VariableAlreadyExists", ErrorCategory.ResourceExists, Name));
            return;
        }

        Write(Name, Value);
    }
}
