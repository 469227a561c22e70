using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Test-QemuDisk</c>: tells whether disk images and their chains are sound.</summary>
[Cmdlet(VerbsDiagnostic.Test, "QemuDisk", DefaultParameterSetName = ByPath)]
[OutputType(typeof(bool), typeof(QemuDiskCheck))]
public sealed class TestQemuDiskCommand : DiskPathCommand
{
    /// <summary>Writes what was found instead of true or false.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        var check = Await((feedback, cancellation) => DiskCheck.TestAsync(path, Passphrase, feedback, cancellation));
        if (check.Problem is not null) WriteVerbose($"'{path}': {check.Problem}");
        WriteObject(Detailed ? check : check.IsHealthy);
    }
}
