using System.Collections;
using System.Management.Automation;
using System.Security;
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

    /// <summary>Encrypts the image with LUKS (qcow2): a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <summary>How many images are created at once; one after the other without it.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 1;

    /// <summary>Replaces an image that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in Path) ForItem(path, () => Create(this.FullPath(path)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => AwaitAll();

    private void Create(string path)
    {
        var creation = BackingPath is null ? Plan(path, null) : PlanOverlay(path, this.FullPath(BackingPath));
        if (ShouldDo(creation.Describe())) Begin(path, ThrottleLimit, async (_, cancellation) => await creation.RunAsync(cancellation).ConfigureAwait(false));
    }

    private DiskCreation PlanOverlay(string path, string backing) =>
        Plan(path, backing) with
        {
            BackingFormat = BackingFormat?.ToLowerInvariant() ?? Await((feedback, cancellation) => DiskReader.ReadAsync(backing, null, feedback, cancellation)).Format,
        };

    private DiskCreation Plan(string path, string? backing)
    {
        if (SizeBytes is null && backing is null)
        {
            throw new QemuException(ErrorId.InvalidSize, "A new disk needs a size, or a backing image to take it from.", $"New-QemuDisk '{path}' 20GB");
        }

        return new DiskCreation
        {
            Path = path,
            SizeBytes = SizeBytes,
            Format = Format ?? DiskFormats.FromExtension(path) ?? DiskFormat.Qcow2,
            BackingPath = backing,
            Preallocation = Preallocation,
            ClusterSizeBytes = ClusterSizeBytes,
            Options = FormatOptions.From(Option),
            Passphrase = Passphrase,
            Overwrite = Force,
        };
    }
}
