using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Guest;

/// <summary><c>Add-QemuVmSharedFolder</c>: lets machines' guests mount a folder of the host.</summary>
[Cmdlet(VerbsCommon.Add, "QemuVmSharedFolder", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVmSharedFolder))]
public sealed class AddQemuVmSharedFolderCommand : VmTargetCommand
{
    /// <summary>The folder.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>By what the guest knows it; the folder's name without it.</summary>
    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    public string? Tag { get; set; }

    /// <summary>How it is shared: by virtiofs where this user can run virtiofsd, else by 9p, or the one or the other by name.</summary>
    [Parameter]
    public VmSharedFolderType Type { get; set; }

    /// <summary>The guest can write to the folder; without it it cannot, whatever it tries.</summary>
    [Parameter]
    public SwitchParameter Writable { get; set; }

    /// <summary>Writes what was added.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var path = this.FullPath(Path);
        if (!ShouldDo($"Share the folder '{path}'{(Writable ? ", writable," : "")} with the guest of '{machine.Name}'")) return;
        var added = Await((_, cancellation) => MachineSharedFolders.AddAsync(machine, path, Tag, Type, !Writable, cancellation));
        if (machine.FindProcess() is not null) WriteWarning($"'{machine.Name}' runs, and has the folder '{added.Tag}' from its next start on.");
        if (PassThru) WriteObject(added);
    }
}
