using System.Globalization;
using System.Management.Automation;
using Newtonsoft.Json;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.ConvertTo, "Json")]
[OutputType(typeof(string))]
public sealed class ConvertToJsonCommand : PSCmdlet, IDisposable
{
    private readonly List<object?> _input = [];
    private readonly CancellationTokenSource _stopping = new();
    private bool _warned;

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    [Parameter]
    [ValidateRange(0, 100)]
    public int Depth { get; set; } = 2;

    [Parameter]
    public SwitchParameter Compress { get; set; }

    [Parameter]
    public SwitchParameter EnumsAsStrings { get; set; }

    [Parameter]
    public SwitchParameter AsArray { get; set; }

    [Parameter]
    public StringEscapeHandling EscapeHandling { get; set; } = StringEscapeHandling.Default;

    protected override void ProcessRecord() => _input.Add(InputObject);

    protected override void EndProcessing()
    {
        if (_input.Count == 0)
            return;
        var value = _input.Count > 1 || AsArray ? _input.ToArray() : _input[0];
        var writer = new JsonWriter(Depth, EnumsAsStrings, WarnOnce, _stopping.Token);
        try
        {
            WriteObject(writer.Write(value, Compress ? Formatting.None : Formatting.Indented, EscapeHandling));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    protected override void StopProcessing() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    private void WarnOnce()
    {
        if (!_warned)
            WriteWarning(string.Create(CultureInfo.CurrentCulture, $"Resulting JSON is truncated as serialization has exceeded the set depth of {Depth}."));
        _warned = true;
    }
}
