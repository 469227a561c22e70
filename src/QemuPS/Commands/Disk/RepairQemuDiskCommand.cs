using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Repair-QemuDisk</c>: repairs what a check of disk images finds.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(QemuDiskCheck))]
public sealed class RepairQemuDiskCommand : DiskPathCommand
{
    /// <summary>Gives space back that is reserved for nothing. No data can be lost; this is what is done without -All.</summary>
    [Parameter]
    public SwitchParameter Leaks { get; set; }

    /// <summary>Repairs the tables as well. QEMU chooses what it takes for right, and data may be lost: keep a copy.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        if (Leaks && All) throw new QemuException(ErrorId.InvalidOption, "-Leaks and -All exclude each other.");
        DiskFile.RequireFile(path);
        if (ShouldDo(DiskCheck.Describe(path, All))) WriteObject(Await((feedback, cancellation) => DiskCheck.RepairAsync(path, All, Passphrase, feedback, cancellation)));
    }
}
