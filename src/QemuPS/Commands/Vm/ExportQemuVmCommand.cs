using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary>What <c>Export-QemuVm</c> writes.</summary>
public enum VmExportForm
{
    /// <summary>A folder with the definition and the disks.</summary>
    Folder,
    /// <summary>The same in one archive.</summary>
    Tar,
    /// <summary>A user unit of systemd that starts and stops the machine.</summary>
    SystemdUnit,
}

/// <summary><c>Export-QemuVm</c>: writes machines with their disks, for another host or for later.</summary>
[Cmdlet(VerbsData.Export, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(DirectoryInfo), typeof(FileInfo), typeof(Job))]
public sealed class ExportQemuVmCommand : LongVmCommand
{
    /// <summary>The folder in which each machine gets a folder or a file of its name; made where it is not there.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>What is written; a folder without it.</summary>
    [Parameter]
    public VmExportForm As { get; set; }

    /// <summary>Each disk becomes one image, without the images it stands on.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>The guest's saved memory goes along.</summary>
    [Parameter]
    public SwitchParameter IncludeState { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var folder = this.FullPath(Path);
        if (As == VmExportForm.SystemdUnit) WriteUnit(machine, folder);
        else Write(machine, folder);
    }

    private void Write(Machine machine, string folder)
    {
        var isTar = As == VmExportForm.Tar;
        var target = System.IO.Path.Combine(folder, isTar ? machine.Name + ".tar" : machine.Name);
        Directory.CreateDirectory(folder);
        var export = Await((feedback, cancellation) => MachineExport.PrepareAsync(machine, target, isTar, Flatten, IncludeState, feedback, cancellation));
        if (!ShouldDo(string.Join("\n", [$"Export the machine '{machine.Name}' to '{target}'", .. export.Describe()]))) return;
        Await(export.RunAsync);
        WriteObject(isTar ? new FileInfo(target) : new DirectoryInfo(target));
    }

    private void WriteUnit(Machine machine, string folder)
    {
        var target = System.IO.Path.Combine(folder, $"qemups-{machine.Name.Replace(' ', '-')}.service");
        if (File.Exists(target)) throw new QemuException(ErrorId.FileExists, $"'{target}' exists already.");
        var command = Await((feedback, cancellation) => MachineStart.PlanAsync(machine, machine.Load(), new StartRequest(), feedback, cancellation));
        if (!ShouldDo($"Write the unit '{target}'")) return;
        Directory.CreateDirectory(folder);
        File.WriteAllText(target, SystemdUnit.For(machine, command));
        WriteObject(new FileInfo(target));
    }
}
