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
    /// <summary>The shell the command is quoted for.</summary>
    [Parameter]
    public CommandLineShell Shell { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var words = Await((feedback, cancellation) => MachineStart.PlanAsync(machine, new StartRequest(), feedback, cancellation));
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
