using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>Restore-QemuSnapshot</c>: puts disk images back to a snapshot.</summary>
[Cmdlet(VerbsData.Restore, "QemuSnapshot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RestoreQemuSnapshotCommand : LongDiskCommand
{
    /// <summary>The snapshot to go back to. What was written since it was taken is lost.</summary>
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
        if (!ShouldDo(DiskSnapshots.Describe("-a", SnapshotName, path))) return;
        Await((feedback, cancellation) => DiskSnapshots.RestoreAsync(path, SnapshotName, Passphrase, feedback, cancellation));
    }
}
