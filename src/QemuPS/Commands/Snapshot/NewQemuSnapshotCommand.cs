using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Snapshot;

/// <summary><c>New-QemuSnapshot</c>: takes snapshots inside of disk images.</summary>
[Cmdlet(VerbsCommon.New, "QemuSnapshot", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(QemuSnapshot))]
public sealed class NewQemuSnapshotCommand : LongDiskCommand
{
    /// <summary>The snapshot's name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string SnapshotName { get; set; } = "";

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        if (!ShouldDo(DiskSnapshots.Describe("-c", SnapshotName, path))) return;
        WriteObject(Await((feedback, cancellation) => DiskSnapshots.CreateAsync(path, SnapshotName, Passphrase, feedback, cancellation)));
    }
}
