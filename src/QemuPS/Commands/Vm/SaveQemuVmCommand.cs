using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Save-QemuVm</c>: puts machines to sleep on disk, to go on from there at their next start.</summary>
[Cmdlet(VerbsData.Save, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class SaveQemuVmCommand : LongVmCommand
{
    /// <summary>Writes the machines that were saved.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo($"Save the state of the machine '{machine.Name}' to '{machine.SavedStatePath}' (QMP migrate) and end it")) return;
        Await((feedback, cancellation) => MachineSave.SaveAsync(machine, feedback, cancellation));
        if (PassThru) WriteVm(machine);
    }
}
