using System.Collections;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Invoke-QmpCommand</c>: talks to a machine's QEMU.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "QmpCommand", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
[OutputType(typeof(PSObject), typeof(string))]
public sealed class InvokeQmpCommandCommand : QemuCommand
{
    /// <summary>The QMP command.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Vm")]
    [ArgumentCompleter(typeof(QmpCommandCompleter))]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "NameHmp")]
    [Alias("VmName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "VmHmp")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The command's arguments.</summary>
    [Parameter(Position = 2, ParameterSetName = "Name")]
    [Parameter(Position = 1, ParameterSetName = "Vm")]
    public IDictionary? Argument { get; set; }

    /// <summary>Runs the command ahead of others that are under way; few commands can.</summary>
    [Parameter(ParameterSetName = "Name")]
    [Parameter(ParameterSetName = "Vm")]
    public SwitchParameter OutOfBand { get; set; }

    /// <summary>A line for the human monitor; its text comes back.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "NameHmp")]
    [Parameter(Mandatory = true, ParameterSetName = "VmHmp")]
    [ValidateNotNullOrEmpty]
    public string Hmp { get; set; } = "";

    /// <summary>How long the answer may take, in seconds; 60 without it.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int Timeout { get; set; } = 60;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForMachines(Vm, Name, Run);

    private void Run(Machine machine)
    {
        var (command, arguments) = Hmp.Length > 0
            ? ("human-monitor-command", new JsonObject { ["command-line"] = Hmp })
            : (Command, Argument is null ? null : JsonConversion.ToJson(Argument));

        // Questions change nothing and need no confirmation.
        var isQuestion = command.StartsWith("query-", StringComparison.Ordinal) || Hmp.StartsWith("info ", StringComparison.Ordinal);
        if (!isQuestion && !ShouldDo($"Send '{(Hmp.Length > 0 ? Hmp : command)}' to '{machine.Name}'")) return;

        var reply = Await((_, cancellation) => machine.ExecuteAsync(command, arguments, TimeSpan.FromSeconds(Timeout), cancellation, OutOfBand));
        WriteReply(reply);
    }

    private void WriteReply(JsonElement reply)
    {
        // Most commands that do something return an empty object: nothing to look at.
        if (reply.ValueKind == JsonValueKind.Object && !reply.EnumerateObject().Any()) return;
        WriteObject(JsonConversion.ToPowerShell(reply), enumerateCollection: true);
    }
}
