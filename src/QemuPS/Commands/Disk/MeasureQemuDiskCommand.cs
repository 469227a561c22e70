using System.Collections;
using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Measure-QemuDisk</c>: tells how large disk images would become.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "QemuDisk", DefaultParameterSetName = ByPath)]
[OutputType(typeof(QemuDiskMeasurement))]
public sealed class MeasureQemuDiskCommand : DiskPathCommand
{
    private const string BySize = "Size";

    /// <summary>The size of a new image, in bytes or as text with a unit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySize)]
    [SizeTransformation]
    public ulong SizeBytes { get; set; }

    /// <summary>The format that is meant: qcow2 or raw, others cannot be measured.</summary>
    [Parameter(Position = 1)]
    public DiskFormat Format { get; set; } = DiskFormat.Qcow2;

    /// <summary>Further options of the format, as <c>qemu-img create -o</c> takes them.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != BySize) base.ProcessRecord();
        else ForItem(SizeBytes, () => WriteObject(Await((_, cancellation) => DiskMeasurement.OfSizeAsync(SizeBytes, Format, FormatOptions.From(Option), cancellation))));
    }

    /// <inheritdoc/>
    protected override void Process(string path) =>
        WriteObject(Await((feedback, cancellation) => DiskMeasurement.OfImageAsync(path, Format, FormatOptions.From(Option), Passphrase, feedback, cancellation)));
}
