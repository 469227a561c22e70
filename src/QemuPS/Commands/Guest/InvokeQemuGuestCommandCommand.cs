using System.Collections;
using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Guest;

/// <summary><c>Invoke-QemuGuestCommand</c>: runs programs in machines' guests.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "QemuGuestCommand", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuGuestCommandResult))]
public sealed class InvokeQemuGuestCommandCommand : LongVmCommand
{
    /// <summary>The program: a path in the guest, or a name that its agent looks for on its PATH. No shell is involved.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = "";

    /// <summary>The program's arguments, each as it shall see it.</summary>
    [Parameter(Position = 2)]
    [AllowEmptyString]
    [ValidateNotNull]
    public string[] ArgumentList { get; set; } = [];

    /// <summary>The program's variables: @{ NAME = 'value' }. It has these and no others; without the parameter it has the agent's.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Environment { get; set; }

    /// <summary>What the program reads from its standard input.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? InputText { get; set; }

    /// <summary>How long to wait for the program's end, in seconds; without it as long as it takes.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? Timeout { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (!ShouldDo($"Run in the guest of '{machine.Name}': {string.Join(' ', [FilePath, .. ArgumentList])}")) return;
        var request = new GuestCommandRequest(FilePath, ArgumentList)
        {
            Environment = Environment?.Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}").ToList(),
            Input = InputText,
            Timeout = WaitRequest.TimeoutOf(Timeout),
        };
        Begin(machine.Name, int.MaxValue, async (feedback, cancellation) => await GuestCommand.RunAsync(machine, request, feedback, cancellation).ConfigureAwait(false));
    }
}
