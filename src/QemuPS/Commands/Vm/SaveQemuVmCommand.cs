using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Save-QemuVm</c>: puts machines to sleep on disk, to go on from there at their next start.</summary>
[Cmdlet(VerbsData.Save, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class SaveQemuVmCommand : LongVmCommand
{
    /// <summary>A folder, or the name of a new file, for the state; the machine's own folder without it. The next start finds it there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Compresses the state (gzip): less to store, and longer to save.</summary>
    [Parameter]
    public SwitchParameter Compress { get; set; }

    /// <summary>Writes the machines that were saved.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var request = SaveRequest.Create(machine, Path is null ? null : this.FullPath(Path), Compress);
        if (!ShouldDo($"Save the state of the machine '{machine.Name}' to '{request.Path ?? machine.SavedStatePath}'{(Compress ? ", compressed," : "")} (QMP migrate) and end it")) return;
        Await((feedback, cancellation) => MachineSave.SaveAsync(machine, request, feedback, cancellation));
        if (PassThru) WriteVm(machine);
    }
}
