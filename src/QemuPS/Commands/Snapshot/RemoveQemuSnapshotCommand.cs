using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>Remove-QemuSnapshot</c>: deletes snapshots inside of disk images.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuSnapshot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveQemuSnapshotCommand : LongDiskCommand
{
    /// <summary>The snapshot to delete. The image's present content stays.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string SnapshotName { get; set; } = "";

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        if (!ShouldDo(DiskSnapshots.Describe("-d", SnapshotName, path))) return;
        Await((feedback, cancellation) => DiskSnapshots.RemoveAsync(path, SnapshotName, Passphrase, feedback, cancellation));
    }
}
