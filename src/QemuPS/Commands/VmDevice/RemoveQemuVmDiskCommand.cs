using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.VmDevice;

/// <summary><c>Remove-QemuVmDisk</c>: takes disks and CD drives out of machines. The images stay.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuVmDisk", SupportsShouldProcess = true)]
[OutputType(typeof(QemuUnplugResult))]
public sealed class RemoveQemuVmDiskCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The drive's name in the machine, as Get-QemuVmDisk shows it.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DriveIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>How many seconds the guest may take to let go of it; 10 without it.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int Timeout { get; set; } = 10;

    /// <summary>QEMU lets go of the image even where the guest keeps the device: what the guest reads or writes there fails from then on.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Remove(Named(VmName), id));
    }

    private void Remove(Machine machine, string id)
    {
        var place = Place(machine, machine.Load().Drives.Any(drive => drive.Id == id));
        if (!ShouldDo($"Remove the drive '{id}' from {place.Text}")) return;
        WriteObject(Await((_, cancellation) =>
            MachineDriveRemoval.RemoveAsync(machine, id, place.Live, place.Persist, TimeSpan.FromSeconds(Timeout), Force, cancellation)));
    }
}
