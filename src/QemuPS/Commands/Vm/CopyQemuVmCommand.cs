using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Copy-QemuVm</c>: copies machines with their disks.</summary>
[Cmdlet(VerbsCommon.Copy, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm), typeof(Job))]
public sealed class CopyQemuVmCommand : LongVmCommand
{
    /// <summary>The copy's name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>The copy's disks are overlays of the machine's disks, which must not change from then on.</summary>
    [Parameter]
    public SwitchParameter Linked { get; set; }

    /// <summary>The folder for the copy's disks; the copy's own folder in the store without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var copy = MachineCopy.Prepare(machine, new CopyRequest(NewName, Linked, DestinationPath is null ? null : this.FullPath(DestinationPath)));
        var disks = copy.Disks.Select(disk => $"{disk.Drive.Path} -> {disk.Path}{(Linked ? " (overlay)" : "")}");
        if (!ShouldDo(string.Join("; ", [$"Copy the machine '{machine.Name}' to '{NewName}'", .. disks]))) return;
        WriteVm(Await(copy.RunAsync));
    }
}
