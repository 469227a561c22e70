using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Disk;

/// <summary><c>Merge-QemuDisk</c>: writes an overlay's content into an image below it.</summary>
[Cmdlet(VerbsData.Merge, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(QemuDisk))]
public sealed class MergeQemuDiskCommand : LongDiskCommand
{
    /// <summary>The image in the chain that takes the content; the one right below the overlay without it.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? DestinationPath { get; set; }

    /// <summary>Deletes the overlay afterwards, and what lies between it and the destination.</summary>
    [Parameter]
    public SwitchParameter Drop { get; set; }

    /// <summary>Merges although other overlays stand on the destination, which damages them.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <summary>Writes the image that has the content now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        DiskFile.RequireFile(path);
        var request = new MergeRequest
        {
            Path = path,
            DestinationPath = DestinationPath is null ? null : this.FullPath(DestinationPath),
            Drop = Drop,
            Force = Force,
            Passphrase = Passphrase,
        };
        var merged = MachineDisks.Find(VmStore.Open(), path) is { } live ? MergeLive(live, request) : MergeFile(request);
        if (merged is not null && PassThru) WriteObject(merged);
    }

    private QemuDisk? MergeFile(MergeRequest request)
    {
        if (Drop) DiskUse.RequireUnused(VmStore.Open(), request.Path);
        using var merge = Await((feedback, cancellation) => DiskMerge.PrepareAsync(request, feedback, cancellation));
        return ShouldDo(merge.Description) ? Await(merge.RunAsync) : null;
    }

    private QemuDisk? MergeLive(MachineDisks machine, MergeRequest request)
    {
        var destination = Await((feedback, cancellation) => DiskMerge.DestinationOfLiveAsync(request, feedback, cancellation));
        if (!ShouldDo(machine.DescribeCommit(destination.Path))) return null;
        Await((feedback, cancellation) => machine.CommitAsync(destination, feedback, cancellation));
        if (Drop) DiskFile.Delete(request.Path);
        return Await((feedback, cancellation) => DiskReader.ReadAsync(destination.Path, destination.Format, feedback, cancellation));
    }
}
