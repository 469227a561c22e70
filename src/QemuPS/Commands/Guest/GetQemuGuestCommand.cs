using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Guest;

/// <summary><c>Get-QemuGuest</c>: shows what the agents in machines' guests tell.</summary>
[Cmdlet(VerbsCommon.Get, "QemuGuest", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuGuest))]
public sealed class GetQemuGuestCommand : VmTargetCommand
{
    /// <summary>How long an agent may take for all its answers, in seconds; 20 without it.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int Timeout { get; set; } = 20;

    /// <inheritdoc/>
    protected override void EndProcessing() => AwaitAll();

    /// <inheritdoc/>
    protected override void Process(Machine machine) => Begin(machine.Name, int.MaxValue, async (feedback, cancellation) =>
        await GuestReader.ReadAsync(machine, TimeSpan.FromSeconds(Timeout), feedback, cancellation).ConfigureAwait(false));
}
