using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Compare-QemuDisk</c>: tells whether a guest would read the same of two disk images.</summary>
[Cmdlet(VerbsData.Compare, "QemuDisk", DefaultParameterSetName = ByPath)]
[OutputType(typeof(bool), typeof(QemuDiskComparison))]
public sealed class CompareQemuDiskCommand : LongDiskCommand
{
    /// <summary>The image to compare with.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OtherPath { get; set; } = "";

    /// <summary>Sizes, and what is allocated, count as well.</summary>
    [Parameter]
    public SwitchParameter Strict { get; set; }

    /// <summary>Writes what differs first instead of true or false.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>What opens the images where they are encrypted: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        var other = this.FullPath(OtherPath);
        var comparison = Await((feedback, cancellation) => DiskComparison.RunAsync(path, other, Strict, Passphrase, feedback, cancellation));
        WriteObject(Detailed ? comparison : comparison.AreIdentical);
    }
}
