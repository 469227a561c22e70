using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Set-Content and Add-Content: the files are opened once and written to as values come.</summary>
public abstract class WriteContentCommand : PathCmdlet, IDisposable
{
    private readonly List<ContentTarget> _targets = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Value { get; set; }

    [Parameter]
    [EncodingTransformation]
    public Encoding Encoding { get; set; } = EncodingTransformationAttribute.Default;

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected abstract FileMode Mode { get; }

    private protected abstract string Action { get; }

    protected override void ProcessRecord()
    {
        if (_targets.Count == 0)
            OpenTargets();
        foreach (var target in _targets)
            Attempt(() => target.Write(Value ?? []));
        if (PassThru)
            WriteObject(Value, enumerateCollection: true);
    }

    protected override void EndProcessing() => Dispose();

    public void Dispose()
    {
        _targets.ForEach(target => target.Dispose());
        _targets.Clear();
        GC.SuppressFinalize(this);
    }

    private void OpenTargets()
    {
        foreach (var path in IsLiteral ? LiteralPath : Path)
            Attempt(() => Open(path));
    }

    private void Open(string path)
    {
        var names = !IsLiteral && WildcardPattern.ContainsWildcardCharacters(path) ? FindExisting(path) : [path];
        foreach (var name in names)
        {
            var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(name, out var provider, out _);
            if (!ShouldProcess($"Path: {full}", Action))
                continue;
            _targets.Add(provider.Name == "FileSystem" ? OpenFile(full) : OpenItem(name));
        }
    }

    private FileContentTarget OpenFile(string file)
    {
        try
        {
            if (Force && File.Exists(file))
                File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
            return new FileContentTarget(new FileStream(file, Mode, FileAccess.Write, FileShare.Read), Encoding, NoNewline, AsByteStream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(new ErrorRecord(error, "GetContentWriterIOError", ErrorCategory.WriteError, file));
            throw;
        }
    }

    private ItemContentTarget OpenItem(string path)
    {
        if (Mode == FileMode.Create && InvokeProvider.Item.Exists(path, Force, literalPath: true))
            InvokeProvider.Content.Clear([path], Force, literalPath: true);
        var writer = InvokeProvider.Content.GetWriter([path], Force, literalPath: true)[0];
        if (Mode == FileMode.Append)
            writer.Seek(0, SeekOrigin.End);
        return new ItemContentTarget(writer);
    }
}

[Cmdlet(VerbsCommon.Set, "Content", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
public sealed class SetContentCommand : WriteContentCommand
{
    private protected override FileMode Mode => FileMode.Create;

    private protected override string Action => "Set Content";
}

[Cmdlet(VerbsCommon.Add, "Content", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
public sealed class AddContentCommand : WriteContentCommand
{
    private protected override FileMode Mode => FileMode.Append;

    private protected override string Action => "Add Content";
}
