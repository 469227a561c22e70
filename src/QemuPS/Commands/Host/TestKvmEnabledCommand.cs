using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Host;

namespace QemuPS.Commands.Host;

/// <summary><c>Test-KvmEnabled</c>: tells whether KVM runs guests on this host.</summary>
[Cmdlet(VerbsDiagnostic.Test, "KvmEnabled")]
[OutputType(typeof(bool), typeof(QemuCheck))]
public sealed class TestKvmEnabledCommand : QemuCommand
{
    /// <summary>Shows each check with what was found and what helps.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(KvmProbe.Device, () =>
    {
        var root = SysfsRoot.FromEnvironment();
        if (Detailed) WriteObject(Await((_, cancellation) => Task.Run(() => KvmChecks.Run(root), cancellation)), enumerateCollection: true);
        else WriteObject(Await((_, cancellation) => Task.Run(() => KvmChecks.IsEnabled(root), cancellation)));
    });
}
