using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Test-QemuVm</c>: tells whether machines would start, and why not.</summary>
[Cmdlet(VerbsDiagnostic.Test, "QemuVm", DefaultParameterSetName = ByName)]
[OutputType(typeof(bool), typeof(QemuCheck))]
public sealed class TestQemuVmCommand : VmTargetCommand
{
    /// <summary>Shows each check with what was found and what helps.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var checks = Await((feedback, cancellation) => Preflight.ExamineAsync(machine, feedback, cancellation));
        if (Detailed) WriteObject(checks, enumerateCollection: true);
        else WriteObject(checks.All(check => check.Result != CheckResult.Fail));
    }
}
