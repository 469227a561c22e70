using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Console;

/// <summary><c>Send-QemuVmKey</c>: types on machines' keyboards.</summary>
[Cmdlet(VerbsCommunications.Send, "QemuVmKey", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
public sealed class SendQemuVmKeyCommand : QemuCommand
{
    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "NameKey")]
    [Alias("VmName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "VmKey")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The text to type, on a US keyboard; a line's end is the return key.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Vm")]
    [AllowEmptyString]
    public string Text { get; set; } = "";

    /// <summary>Keys to press, those of one stroke joined by '-': <c>Ctrl-Alt-Delete</c>, <c>F2</c>, <c>ret</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "NameKey")]
    [Parameter(Mandatory = true, ParameterSetName = "VmKey")]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>How long each stroke is held down, in milliseconds; 20 without it.</summary>
    [Parameter]
    [ValidateRange(1, 10000)]
    public int DelayMilliseconds { get; set; } = 20;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForMachines(Vm, Name, Press);

    private void Press(Machine machine)
    {
        // All of it is understood before anything is pressed.
        var strokes = Key.Length > 0 ? [.. Key.Select(KeyNames.Chord)] : UsKeyboard.Type(Text);
        // A text may be a password: how much of it is shown, not what.
        var what = Key.Length > 0 ? $"Press {string.Join(", ", Key)}" : $"Type {Text.Length} characters";
        if (!ShouldDo($"{what} on the keyboard of '{machine.Name}' (QMP send-key)")) return;
        Await((_, cancellation) => MachineKeyboard.PressAsync(machine, strokes, TimeSpan.FromMilliseconds(DelayMilliseconds), cancellation));
    }
}
