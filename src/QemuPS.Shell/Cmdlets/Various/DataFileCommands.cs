using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.Import, "PowerShellDataFile", DefaultParameterSetName = "ByPath")]
[OutputType(typeof(Hashtable))]
public sealed class ImportPowerShellDataFileCommand : PathCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "ByPath")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "ByLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    protected override void ProcessRecord()
    {
        var literal = ParameterSetName == "ByLiteralPath";
        foreach (var path in literal ? LiteralPath : Path)
        {
            Attempt(() =>
            {
                foreach (var file in SessionState.Path.GetResolvedProviderPathFromPSPath(literal ? WildcardPattern.Escape(path) : path, out _))
                    Import(file);
            });
        }
    }

    private void Import(string file)
    {
        var tree = Parser.ParseFile(file, out _, out var errors);
        if (errors.Length > 0)
        {
            Report(file, $"The file '{file}' could not be parsed as a PowerShell Data File.", "CouldNotParseAsPowerShellDataFile", new ParseException(errors));
            return;
        }

        if (tree.Find(node => node is HashtableAst, searchNestedScriptBlocks: false) is not HashtableAst table)
        {
            Report(file, $"The file '{file}' could not be parsed as a PowerShell Data File.", "CouldNotParseAsPowerShellDataFileNoHashtableRoot", null);
            return;
        }

        WriteObject(table.SafeGetValue());
    }

    private void Report(string file, string message, string id, Exception? cause)
        => WriteError(new ErrorRecord(new InvalidOperationException(message, cause), id, ErrorCategory.InvalidData, file));
}

[Cmdlet(VerbsData.Export, "Clixml", DefaultParameterSetName = "ByPath", SupportsShouldProcess = true)]
public sealed class ExportClixmlCommand : PSCmdlet
{
    private readonly List<object> _input = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "ByPath")]
    public string Path { get; set; } = string.Empty;

    [Parameter(Mandatory = true, ParameterSetName = "ByLiteralPath")]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = string.Empty;

    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Depth { get; set; } = 2;

    [Parameter]
    [EncodingTransformation]
    public Encoding Encoding { get; set; } = EncodingTransformationAttribute.Default;

    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord() => _input.Add(InputObject!);

    protected override void EndProcessing()
    {
        var file = this.FilePathFor(Path, LiteralPath);
        if (!ShouldProcess(file, "Export-Clixml"))
            return;
        try
        {
            if (Force && File.Exists(file))
                File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
            using var writer = new StreamWriter(new FileStream(file, NoClobber ? FileMode.CreateNew : FileMode.Create), Encoding);
            writer.Write(EngineInternals.Serialize(_input, Depth));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(new ErrorRecord(error, "FileOpenFailure", ErrorCategory.OpenError, file));
        }
    }
}

[Cmdlet(VerbsData.Import, "Clixml", DefaultParameterSetName = "ByPath")]
public sealed class ImportClixmlCommand : PathCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "ByPath", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "ByLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    protected override void ProcessRecord()
    {
        var literal = ParameterSetName == "ByLiteralPath";
        foreach (var path in literal ? LiteralPath : Path)
        {
            Attempt(() =>
            {
                foreach (var file in SessionState.Path.GetResolvedProviderPathFromPSPath(literal ? WildcardPattern.Escape(path) : path, out _))
                    WriteObject(PSSerializer.DeserializeAsList(File.ReadAllText(file)), enumerateCollection: true);
            });
        }
    }
}
