using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.ConvertFrom, "Json")]
public sealed class ConvertFromJsonCommand : PSCmdlet
{
    private readonly List<string> _lines = [];

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string InputObject { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    [Parameter]
    [ValidateRange(ValidateRangeKind.Positive)]
    public int Depth { get; set; } = 1024;

    [Parameter]
    public SwitchParameter NoEnumerate { get; set; }

    protected override void ProcessRecord() => _lines.Add(InputObject);

    protected override void EndProcessing()
    {
        if (_lines.Count == 0)
            return;

        // Several strings are a text each, or the lines of one text: the first one tells.
        if (_lines.Count > 1 && !TryConvert(_lines[0]))
            Convert(string.Join(Environment.NewLine, _lines));
        else if (_lines.Count == 1)
            Convert(_lines[0]);
        else
            _lines.Skip(1).ToList().ForEach(line => Convert(line));
    }

    private bool TryConvert(string text)
    {
        try
        {
            return Convert(text);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private bool Convert(string text)
    {
        try
        {
            var value = new JsonReader(AsHashtable, Depth).Read(text);
            WriteObject(value, enumerateCollection: !NoEnumerate);
            return value is not null;
        }
        catch (JsonContentException error)
        {
            ThrowTerminatingError(new ErrorRecord(error, error.ErrorId, ErrorCategory.InvalidOperation, null));
            throw;
        }
    }
}
