using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Host;
using QemuPS.Machines;

namespace QemuPS.Commands.Host;

/// <summary><c>Test-QemuHost</c>: looks at everything that machines need of this host.</summary>
[Cmdlet(VerbsDiagnostic.Test, "QemuHost")]
[OutputType(typeof(QemuCheck))]
public sealed class TestQemuHostCommand : QemuCommand
{
    /// <summary>What to look at; everything without it.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public HostCheckCategory[] Category { get; set; } = Enum.GetValues<HostCheckCategory>();

    /// <summary>Only what needs attention: failures and warnings.</summary>
    [Parameter]
    public SwitchParameter FailedOnly { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(SysfsRoot.Variable, () =>
    {
        var places = new HostPlaces(VmStore.Open().Root, RuntimeFolder.RootPath());
        var checks = Await((feedback, cancellation) => HostChecks.RunAsync(SysfsRoot.FromEnvironment(), places, Category, feedback, cancellation));
        WriteObject(checks.Where(check => !FailedOnly || check.Result is CheckResult.Fail or CheckResult.Warning), enumerateCollection: true);
    });
}
