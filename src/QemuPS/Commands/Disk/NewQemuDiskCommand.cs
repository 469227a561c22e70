using System.Collections;
using System.Globalization;
using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>New-QemuDisk</c>: creates disk images.</summary>
[Cmdlet(VerbsCommon.New, "QemuDisk", SupportsShouldProcess = true)]
[OutputType(typeof(QemuDisk))]
public sealed class NewQemuDiskCommand : QemuCommand
{
    /// <summary>The new image files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The size a guest sees, in bytes or as text with a unit. An overlay has its backing image's size without it.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SizeTransformation]
    [Alias("Size", "VirtualSize")]
    public ulong? SizeBytes { get; set; }

    /// <summary>The format; the extension decides without it, and qcow2 where that says nothing.</summary>
    [Parameter]
    public DiskFormat? Format { get; set; }

    /// <summary>The image to make an overlay of.</summary>
    [Parameter]
    [Alias("ParentPath")]
    [ValidateNotNullOrEmpty]
    public string? BackingPath { get; set; }

    /// <summary>The backing image's format by QEMU's name; read from the image without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BackingFormat { get; set; }

    /// <summary>How much of the image is laid down at once.</summary>
    [Parameter]
    public DiskPreallocation Preallocation { get; set; }

    /// <summary>The unit of allocation in bytes, a power of two.</summary>
    [Parameter]
    [SizeTransformation]
    public ulong? ClusterSizeBytes { get; set; }

    /// <summary>Further options of the format, as <c>qemu-img create -o</c> takes them.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    /// <summary>Replaces an image that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in Path) ForItem(path, () => Create(this.FullPath(path)));
    }

    private void Create(string path)
    {
        var qemuImg = QemuImg.Find();
        var creation = Await((_, cancellation) => PlanAsync(path, cancellation));
        if (!ShouldDo(qemuImg.Describe(creation))) return;
        WriteObject(Await((_, cancellation) => qemuImg.CreateAsync(creation, cancellation)));
    }

    private async Task<DiskCreation> PlanAsync(string path, CancellationToken cancellation)
    {
        if (SizeBytes is null && BackingPath is null)
        {
            throw new QemuException(ErrorId.InvalidSize, "A new disk needs a size, or a backing image to take it from.", $"New-QemuDisk '{path}' 20GB");
        }

        var backing = BackingPath is null ? null : this.FullPath(BackingPath);
        return new DiskCreation
        {
            Path = path,
            SizeBytes = SizeBytes,
            Format = Format ?? DiskFormats.FromExtension(path) ?? DiskFormat.Qcow2,
            BackingPath = backing,
            BackingFormat = backing is null ? null : BackingFormat ?? (await DiskReader.ReadAsync(backing, null, NoFeedback.Instance, cancellation).ConfigureAwait(false)).Format,
            Preallocation = Preallocation,
            ClusterSizeBytes = ClusterSizeBytes,
            Options = Option.Cast<DictionaryEntry>().ToDictionary(
                entry => entry.Key.ToString()!,
                entry => Convert.ToString(entry.Value, CultureInfo.InvariantCulture) ?? ""),
            Overwrite = Force,
        };
    }
}
