using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;
using QemuPS.Processes;

namespace QemuPS.Commands.Vm;

/// <summary>How <c>ConvertTo-QemuCommandLine</c> writes a command.</summary>
public enum CommandLineShell
{
    /// <summary>Quoted for bash and other POSIX shells.</summary>
    Bash,
    /// <summary>Quoted for PowerShell.</summary>
    PowerShell,
    /// <summary>Each word as an object, nothing quoted.</summary>
    Array,
}

/// <summary><c>ConvertTo-QemuCommandLine</c>: shows the command that starts a machine.</summary>
[Cmdlet(VerbsData.ConvertTo, "QemuCommandLine", DefaultParameterSetName = ByName)]
[OutputType(typeof(string))]
public sealed class ConvertToQemuCommandLineCommand : VmTargetCommand
{
    private const string ByDefinition = "Definition";

    /// <summary>The definition of a machine that need not exist.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByDefinition)]
    [DefinitionObjectTransformation]
    [ValidateNotNull]
    public VmDefinition? Definition { get; set; }

    /// <summary>A definition from the pipeline: it has a name, and the binder tries the set of names to its end before it looks at others.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = ByName, DontShow = true)]
    [DefinitionObjectTransformation]
    public VmDefinition? NamedDefinition { get; set; }

    /// <summary>The shell the command is quoted for.</summary>
    [Parameter]
    public CommandLineShell Shell { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if ((Definition ?? NamedDefinition) is not { } definition) base.ProcessRecord();
        else ForItem(definition, () => Write(new Machine(VmStore.Open(), definition.Name), definition));
    }

    /// <inheritdoc/>
    protected override void Process(Machine machine) => Write(machine, definition: null);

    private void Write(Machine machine, VmDefinition? definition)
    {
        var words = Await((feedback, cancellation) => MachineStart.PlanAsync(machine, definition, new StartRequest(), feedback, cancellation));
        WriteObject(
            Shell switch
            {
                CommandLineShell.Array => words,
                CommandLineShell.PowerShell => ShellQuoting.PowerShellLines(words),
                _ => ShellQuoting.BashLines(words),
            },
            enumerateCollection: true);
    }
}
