using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;
using QemuPS.Processes;

namespace QemuPS.Commands.Console;

/// <summary><c>Show-QemuVm</c>: opens viewers on machines' displays.</summary>
[Cmdlet(VerbsCommon.Show, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
public sealed class ShowQemuVmCommand : VmTargetCommand
{
    /// <summary>The viewer's program; the first known one that is installed without it. It is given the display's address.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ViewerCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Viewer { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var vm = Await((_, cancellation) => MachineReader.ReadAsync(machine, cancellation));
        if (vm.ProcessId is null) throw machine.NotRunning();
        var command = MachineViewer.Plan(machine, vm.DisplayUri, Viewer);
        if (ShouldDo(ShellQuoting.Bash(command))) Await((_, cancellation) => MachineViewer.StartAsync(command, cancellation));
    }
}
