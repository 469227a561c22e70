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

    /// <summary>A second disc, with the drivers that Windows does not have (virtio-win.iso).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? VirtioDriverIso { get; set; }

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

        var complete = definition.WithDisks(disks, DiskBus ?? Profile?.DiskBus);
        if (IsoPath is not null) complete = complete.WithDisc(ExistingFile(IsoPath), BootOrder is null);
        return VirtioDriverIso is null ? complete : complete.WithFurtherDisc(ExistingFile(VirtioDriverIso));
    }

    private DiskCreation NewDisk()
    {
        var path = this.FullPath(NewDiskPath);
        return new DiskCreation { Path = path, SizeBytes = NewDiskSizeBytes, Format = DiskFormats.FromExtension(path) ?? DiskFormat.Qcow2 };
    }
}
