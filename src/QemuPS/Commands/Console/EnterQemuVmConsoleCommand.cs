using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;
using QemuPS.Processes;

namespace QemuPS.Commands.Console;

/// <summary><c>Enter-QemuVmConsole</c>: connects the terminal with a machine's serial console.</summary>
[Cmdlet(VerbsCommon.Enter, "QemuVmConsole", DefaultParameterSetName = ByName)]
public sealed class EnterQemuVmConsoleCommand : VmTargetCommand
{
    /// <summary>The key that leaves the console: Ctrl with a letter or one of <c>@ [ \ ] ^ _</c>.</summary>
    [Parameter]
    [ValidatePattern(@"^(?i:ctrl)[+-][A-Za-z@\[\\\]^_]$")]
    public string EscapeKey { get; set; } = "Ctrl+]";

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!RawTerminal.IsThere)
        {
            throw new QemuException(ErrorId.NotSupported, "There is no terminal here to connect with the machine.", $"Wait-QemuVm '{machine.Name}' -For SerialText -Pattern 'login:'");
        }

        using var console = Await((_, cancellation) => MachineConsole.ConnectAsync(machine, cancellation));
        Host.UI.WriteLine($"The serial console of '{machine.Name}'. {EscapeKey} leaves it.");
        using var output = System.Console.OpenStandardOutput();
        var ended = Await((_, cancellation) => Task.FromResult(console.Run(EscapeByte, output, cancellation)));
        Host.UI.WriteLine(ended ? $"\n'{machine.Name}' has ended." : "");
    }

    // A control character is its letter without the upper bits (ASCII).
    private byte EscapeByte => (byte)(char.ToUpperInvariant(EscapeKey[^1]) & 0x1f);
}
