using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.VmDevice;

/// <summary><c>Add-QemuVmDisk</c>: gives disks and CD drives to machines.</summary>
[Cmdlet(VerbsCommon.Add, "QemuVmDisk", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
[OutputType(typeof(QemuVmDisk))]
public sealed class AddQemuVmDiskCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name")]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The images: paths, or objects that have one, as Get-QemuDisk and New-QemuDisk write them. A CD drive needs none.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [Parameter(Position = 1, ParameterSetName = "Vm")]
    [ImagePathTransformation]
    [Alias("Path", "FullName", "Disk")]
    [ValidateNotNullOrEmpty]
    public string[] DiskPath { get; set; } = [];

    /// <summary>As what the guest sees it; Cdrom adds a CD drive. Without it what suits the machine: IDE on a pc that is off, else virtio-blk.</summary>
    [Parameter]
    public DriveBus? Bus { get; set; }

    /// <summary>The guest may not write.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>The serial number the guest sees, up to 20 characters.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Serial { get; set; }

    /// <summary>Its own place in the boot order, from 0; a running guest sees it at its next reset.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? BootIndex { get; set; }

    /// <summary>How the host's page cache is used, in the words of qemu-img's -t.</summary>
    [Parameter]
    public VmDiskCache? Cache { get; set; }

    /// <summary>What a guest's TRIM does: Unmap gives the room back to the host.</summary>
    [Parameter]
    public VmDiskDiscard? Discard { get; set; }

    /// <summary>What happens when the host cannot write; Enospc without it: the guest is stopped where the file system is full, and can be resumed.</summary>
    [Parameter]
    public VmDiskErrorAction? OnWriteError { get; set; }

    /// <summary>Writes what was added.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<string?> paths = DiskPath.Length > 0 ? DiskPath : new string?[] { null };
        foreach (var vm in Vm) AddAll(vm.Name, Of(vm), paths);
        if (Vm.Length == 0) ForItem(VmName, () => AddAll(VmName, Named(VmName), paths));
    }

    private void AddAll(object item, Machine machine, IReadOnlyList<string?> paths)
    {
        foreach (var path in paths) ForItem(path ?? item, () => Add(machine, path is null ? null : this.FullPath(path)));
    }

    private void Add(Machine machine, string? path)
    {
        var place = Place(machine);
        var addition = new DriveAddition
        {
            Path = path,
            IsCdrom = Bus == DriveBus.Cdrom,
            Bus = Bus is null or DriveBus.Cdrom ? null : Enum.Parse<VmDiskBus>(Bus.Value.ToString()),
            ReadOnly = ReadOnly,
            Serial = Serial,
            BootIndex = BootIndex,
            Cache = Cache,
            Discard = Discard,
            WriteError = OnWriteError,
            Live = place.Live,
            Persist = place.Persist,
        };
        if (!ShouldDo($"Add {(path is null ? "an empty CD drive" : $"'{path}'")} to {place.Text}")) return;
        var added = Await((feedback, cancellation) => MachineDriveAddition.AddAsync(machine, addition, feedback, cancellation));
        if (PassThru) WriteObject(added);
    }
}
