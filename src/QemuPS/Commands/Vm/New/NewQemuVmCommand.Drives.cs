using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// Disks and discs.
public sealed partial class NewQemuVmCommand
{
    /// <summary>Disk images that exist.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = WithExistingDisk)]
    [Alias("VHDPath", "FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] DiskPath { get; set; } = [];

    /// <summary>A disk image to create.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WithNewDisk)]
    [Alias("NewVHDPath")]
    [ValidateNotNullOrEmpty]
    public string NewDiskPath { get; set; } = "";

    /// <summary>The new image's size, in bytes or as text with a unit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WithNewDisk)]
    [Alias("NewVHDSizeBytes")]
    [SizeTransformation]
    public ulong NewDiskSizeBytes { get; set; }

    /// <summary>The machine has no disk.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WithNoDisk)]
    [Alias("NoVHD")]
    public SwitchParameter NoDisk { get; set; }

    /// <summary>The disc in the CD drive.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? IsoPath { get; set; }

    /// <summary>How the guest sees its disks; IDE on a pc machine, virtio-blk on others without it.</summary>
    [Parameter(ParameterSetName = WithExistingDisk)]
    [Parameter(ParameterSetName = WithNewDisk)]
    public VmDiskBus? DiskBus { get; set; }

    private VmDefinition WithDrives(VmDefinition definition)
    {
        var disks = DiskPath.Select(path => Await((feedback, cancellation) => DiskReader.ReadAsync(this.FullPath(path), null, feedback, cancellation)))
            .Select(disk => (disk.Path, disk.Format))
            .ToList();
        if (NewDiskPath.Length > 0) disks.Add((NewDisk().Path, NewDisk().Format.ToQemuName()));

        var complete = definition.WithDisks(disks, DiskBus);
        return IsoPath is null ? complete : complete.WithDisc(ExistingFile(IsoPath), BootOrder is null);
    }

    private DiskCreation NewDisk()
    {
        var path = this.FullPath(NewDiskPath);
        return new DiskCreation { Path = path, SizeBytes = NewDiskSizeBytes, Format = DiskFormats.FromExtension(path) ?? DiskFormat.Qcow2 };
    }
}
