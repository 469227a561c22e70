using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>New-QemuSnapshot</c>: takes snapshots of machines, and inside of disk images.</summary>
[Cmdlet(VerbsCommon.New, "QemuSnapshot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(QemuSnapshot))]
public sealed class NewQemuSnapshotCommand : SnapshotCommand
{
    /// <summary>The snapshot's name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string SnapshotName { get; set; } = "";

    /// <summary>Keeps the memory and the devices of a running machine as well: its guest goes on where it was. It stands still while they are written.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter IncludeMemory { get; set; }

    /// <summary>Leaves the images as they are, whatever their format; overlays take what is written from then on, and the machine's definition follows.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter External { get; set; }

    /// <summary>The folder for the overlays of <c>-External</c>; each is beside its image without it.</summary>
    [Parameter(ParameterSetName = ByVm)]
    [ValidateNotNullOrEmpty]
    public string? OverlayPath { get; set; }

    /// <summary>Has the guest's agent bring the file systems to rest while the disks are taken.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public SwitchParameter Quiesce { get; set; }

    /// <summary>What the snapshot is for. It is kept beside the machine's definition.</summary>
    [Parameter(ParameterSetName = ByVm)]
    public string? Description { get; set; }

    /// <inheritdoc/>
    protected override void ProcessImage(string path)
    {
        if (!ShouldDo(DiskSnapshots.Describe("-c", SnapshotName, path))) return;
        WriteObject(Await((feedback, cancellation) => DiskSnapshots.CreateAsync(path, SnapshotName, Passphrase, feedback, cancellation)));
    }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (OverlayPath is not null && !External) throw new QemuException(ErrorId.InvalidOption, "-OverlayPath is about the overlays of an external snapshot.", "Add -External.");
        if (External && IncludeMemory) throw new QemuException(ErrorId.InvalidOption, "The memory is kept inside of an image, which an external snapshot leaves as it is.", "Leave out -External or -IncludeMemory.");
        var request = new SnapshotRequest
        {
            Name = SnapshotName,
            Description = Description,
            IncludeMemory = IncludeMemory,
            External = External,
            OverlayFolder = OverlayPath is null ? null : this.FullPath(OverlayPath),
            Quiesce = Quiesce,
            Passphrase = Passphrase,
        };
        var creation = new MachineSnapshotCreation(machine, request);
        if (ShouldDo(creation.Describe())) WriteObject(Await(creation.RunAsync));
    }
}
