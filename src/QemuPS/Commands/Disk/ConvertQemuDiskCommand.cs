using System.Collections;
using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Disk;

/// <summary><c>Convert-QemuDisk</c>: copies disk images into another format.</summary>
[Cmdlet(VerbsData.Convert, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(QemuDisk))]
public sealed class ConvertQemuDiskCommand : LongDiskCommand
{
    /// <summary>The new image's file, or a folder for the new images of several.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string DestinationPath { get; set; } = "";

    /// <summary>The new image's format; the extension of DestinationPath decides without it.</summary>
    [Parameter(Position = 2)]
    public DiskFormat? Format { get; set; }

    /// <summary>The new image becomes an overlay of this one, which has to have the content of the image that the source stands on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BackingPath { get; set; }

    /// <summary>The backing image's format by QEMU's name; read from the image without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BackingFormat { get; set; }

    /// <summary>Compresses the new image's clusters.</summary>
    [Parameter]
    public SwitchParameter Compress { get; set; }

    /// <summary>A snapshot inside the image, whose content is taken instead of the present one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SnapshotName { get; set; }

    /// <summary>Further options of the new format, as <c>qemu-img create -o</c> takes them.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    /// <summary>The most that is written in a second, in bytes.</summary>
    [Parameter]
    [SizeTransformation]
    public ulong? RateLimitBytesPerSecond { get; set; }

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <summary>Encrypts the new image (qcow2) with this passphrase.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? DestinationPassphrase { get; set; }

    /// <summary>Deletes the image when the new one is complete and on the medium.</summary>
    [Parameter]
    public SwitchParameter DeleteSource { get; set; }

    /// <summary>How many images are converted at once; one after the other without it.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 1;

    /// <summary>Replaces an image that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        if (DeleteSource) DiskUse.RequireUnused(VmStore.Open(), path);
        var request = ToRequest(path);
        var conversion = Await((feedback, cancellation) => DiskConversion.PrepareAsync(request, feedback, cancellation));
        if (ShouldDo(conversion.Description)) Begin(path, ThrottleLimit, (feedback, cancellation) => RunAsync(conversion, feedback, cancellation));
        else conversion.Dispose();
    }

    private static async Task<object?> RunAsync(DiskConversion conversion, IFeedback feedback, CancellationToken cancellation)
    {
        using (conversion) return await conversion.RunAsync(feedback, cancellation).ConfigureAwait(false);
    }

    private ConversionRequest ToRequest(string path)
    {
        var destination = this.FullPath(DestinationPath);
        var format = Format ?? DiskFormats.FromExtension(destination) ?? DiskFormat.Qcow2;
        return new ConversionRequest
        {
            SourcePath = path,
            DestinationPath = Directory.Exists(destination) ? System.IO.Path.Combine(destination, System.IO.Path.GetFileNameWithoutExtension(path) + format.ToExtension()) : destination,
            Format = format,
            BackingPath = BackingPath is null ? null : this.FullPath(BackingPath),
            BackingFormat = BackingFormat?.ToLowerInvariant(),
            Compress = Compress,
            SnapshotName = SnapshotName,
            Options = FormatOptions.From(Option),
            RateLimitBytesPerSecond = RateLimitBytesPerSecond,
            Passphrase = Passphrase,
            DestinationPassphrase = DestinationPassphrase,
            Overwrite = Force,
            DeleteSource = DeleteSource,
        };
    }
}
