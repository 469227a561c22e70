using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Measure-QemuVm</c>: measures what running machines use.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "QemuVm", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVmMeasurement))]
public sealed class MeasureQemuVmCommand : VmTargetCommand
{
    private readonly List<Machine> _machines = [];

    /// <summary>The span of each measurement in seconds, fractions allowed; 1 without it.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400.0)]
    public double SampleInterval { get; set; } = 1;

    /// <summary>How many measurements of each machine; 1 without it.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxSamples { get; set; } = 1;

    /// <summary>Measures until the machines have ended, or the pipeline has enough.</summary>
    [Parameter]
    public SwitchParameter Continuous { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine) => _machines.Add(machine);

    /// <inheritdoc/>
    protected override void EndProcessing() => Stream((write, fail, cancellation) =>
        MachineMeter.MeasureAsync(_machines, TimeSpan.FromSeconds(SampleInterval), Continuous ? null : MaxSamples, write, fail, cancellation));
}
