using System.Management.Automation;
using System.Text;
using Microsoft.PowerShell.Commands.Internal.Format;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

/// <summary>Also what the engine runs for <c>&gt;</c> and <c>&gt;&gt;</c>.</summary>
[Cmdlet(VerbsData.Out, "File", SupportsShouldProcess = true, DefaultParameterSetName = "ByPath")]
public sealed class OutFileCommand : FrontEndCommandBase
{
    private StreamWriter? _writer;
    private bool _received;

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "ByPath")]
    [Alias("Path")]
    public string FilePath { get; set; } = string.Empty;

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "ByLiteralPath")]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    [EncodingTransformation]
    [ValidateNotNullOrEmpty]
    public Encoding Encoding { get; set; } = EncodingTransformationAttribute.Default;

    [Parameter]
    public SwitchParameter Append { get; set; }

    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    [Parameter]
    [ValidateRange(2, int.MaxValue)]
    public int Width { get; set; } = int.MaxValue;

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    protected override void BeginProcessing()
    {
        if (!ShouldProcess(LiteralPath.Length > 0 ? LiteralPath : FilePath, "Output to File"))
            return;
        _writer = OpenFile();
        EngineInternals.UseTextOutput(this, new LineSink(OnLine), Width);
        base.BeginProcessing();
    }

    protected override void ProcessRecord()
    {
        _received = true;
        if (_writer is null)
            return;
        base.ProcessRecord();
        _writer.Flush();
    }

    protected override void EndProcessing()
    {
        // A redirection that nothing was written to has no formatter to finish.
        if (_writer is not null && _received)
            base.EndProcessing();
        CloseFile();
    }

    protected override void InternalDispose()
    {
        base.InternalDispose();
        CloseFile();
    }

    private void OnLine(string line)
    {
        if (NoNewline)
            _writer!.Write(line);
        else
            _writer!.WriteLine(line);
    }

    private StreamWriter OpenFile()
    {
        var mode = Append ? FileMode.Append : NoClobber ? FileMode.CreateNew : FileMode.Create;
        var path = this.FilePathFor(FilePath, LiteralPath);
        try
        {
            return new StreamWriter(new FileStream(path, mode, FileAccess.Write, FileShare.Read), Encoding);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(new ErrorRecord(error, "FileOpenFailure", ErrorCategory.OpenError, path));
            throw;
        }
    }

    private void CloseFile()
    {
        _writer?.Dispose();
        _writer = null;
    }
}
