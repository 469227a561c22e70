using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Iommu;

namespace QemuPS.Commands.Pci;

/// <summary><c>Test-IommuEnabled</c>: tells whether devices of this host can be given to a machine.</summary>
[Cmdlet(VerbsDiagnostic.Test, "IommuEnabled")]
[OutputType(typeof(bool), typeof(QemuCheck))]
public sealed class TestIommuEnabledCommand : QemuCommand
{
    /// <summary>Shows each check with what was found and what helps.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(SysfsRoot.Variable, () =>
    {
        var root = SysfsRoot.FromEnvironment();
        if (Detailed) WriteObject(IommuChecks.Run(root), enumerateCollection: true);
        else WriteObject(IommuChecks.IsEnabled(root));
    });
}
