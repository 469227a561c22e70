using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Content", DefaultParameterSetName = PathSet)]
public sealed class GetContentCommand : MandatoryPathCmdlet
{
    [Parameter]
    public SwitchParameter Raw { get; set; }

    [Parameter]
    [Alias("First", "Head")]
    [ValidateRange(0, long.MaxValue)]
    public long TotalCount { get; set; } = long.MaxValue;

    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int Tail { get; set; } = -1;

    [Parameter]
    [EncodingTransformation]
    public Encoding Encoding { get; set; } = EncodingTransformationAttribute.Default;

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    protected override void ProcessRecord()
    {
        if (Tail >= 0 && TotalCount != long.MaxValue)
        {
            ThrowTerminatingError(new ErrorRecord(
                new InvalidOperationException("The parameters TotalCount and Tail cannot be used together. Please specify only one parameter."),
                "TailAndHeadCannotCoexist", ErrorCategory.InvalidOperation, null));
        }

        foreach (var path in Paths)
        {
            Attempt(() =>
            {
                foreach (var found in FindExisting(path))
                    Attempt(() => Read(found));
            });
        }
    }

    private void Read(string path)
    {
        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (provider.Name == "FileSystem")
            ReadFile(full);
        else
            ReadItem(path);
    }

    private void ReadFile(string file)
    {
        if (Directory.Exists(file))
        {
            WriteError(new ErrorRecord(
                new UnauthorizedAccessException($"Unable to get content because it is a directory: '{file}'. Please use 'Get-ChildItem' instead."),
                "GetContainerContentException", ErrorCategory.InvalidOperation, file));
            return;
        }

        try
        {
            if (AsByteStream)
                ReadBytes(file);
            else if (Raw)
                WriteObject(File.ReadAllText(file, Encoding));
            else
                WriteLines(File.ReadLines(file, Encoding));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(error, "GetContentReaderIOError", ErrorCategory.ReadError, file));
        }
    }

    private void ReadBytes(string file)
    {
        var bytes = File.ReadAllBytes(file);
        if (Raw)
            WriteObject(bytes);
        else
            WriteObject(Limit(bytes), enumerateCollection: true);
    }

    private void ReadItem(string path)
    {
        foreach (var reader in InvokeProvider.Content.GetReader([path], force: false, literalPath: true))
        {
            using (reader)
            {
                var content = reader.Read(0).Cast<object>().Select(part => part.ToString() ?? string.Empty);
                if (Raw)
                    WriteObject(string.Join(Environment.NewLine, content));
                else
                    WriteLines(content);
            }
        }
    }

    private void WriteLines(IEnumerable<string> lines)
    {
        foreach (var line in Limit(lines))
            WriteObject(line);
    }

    private IEnumerable<T> Limit<T>(IEnumerable<T> items)
        => Tail >= 0 ? items.TakeLast(Tail)
            : TotalCount == long.MaxValue ? items
            : items.Take((int)Math.Min(TotalCount, int.MaxValue));
}
