using System.Collections;
using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>ConvertFrom-QemuCommandLine</c>: makes definitions of the commands in people's scripts.</summary>
[Cmdlet(VerbsData.ConvertFrom, "QemuCommandLine", DefaultParameterSetName = ByText)]
[OutputType(typeof(VmDefinition))]
public sealed class ConvertFromQemuCommandLineCommand : QemuCommand
{
    private const string ByText = "CommandLine";
    private const string ByPath = "Path";
    private const string ByLiteralPath = "LiteralPath";

    private readonly List<string> _lines = [];

    /// <summary>The command as text, in one piece or line by line; or its words, one a string, the program first.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByText)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[] CommandLine { get; set; } = [];

    /// <summary>Shell scripts; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPath)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Shell scripts; nothing in the path is a wildcard.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The machine's name; that of <c>-name</c>, else the script's without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Values of variables that the script does not assign.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Variable { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A script may come line by line, and a line alone is not a command.
        _lines.AddRange(CommandLine);
        foreach (var path in Path.SelectMany(pattern => Matches(pattern)).Concat(LiteralPath.Select(this.FullPath))) ForItem(path, () => ReadFile(path));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ParameterSetName == ByText) ForItem(string.Join('\n', _lines), ReadLines);
    }

    private IReadOnlyList<string> Matches(string pattern)
    {
        IReadOnlyList<string> paths = [];
        ForItem(pattern, () => paths = this.MatchingPaths(pattern));
        return paths;
    }

    private void ReadFile(string path)
    {
        if (!File.Exists(path)) throw new QemuException(ErrorId.InvalidPath, $"There is no file '{path}'.");
        var source = new CommandLineSource(path, System.IO.Path.GetDirectoryName(path)!) { VmName = Name, Variables = Variables() };
        WriteAll(feedback => CommandLineReader.ReadScript(File.ReadAllText(path), source, feedback));
    }

    private void ReadLines()
    {
        var source = new CommandLineSource(null, SessionState.Path.CurrentFileSystemLocation.ProviderPath) { VmName = Name, Variables = Variables() };
        if (AreWords()) WriteAll(feedback => [CommandLineReader.ReadWords(_lines, source, feedback)]);
        else WriteAll(feedback => CommandLineReader.ReadScript(string.Join('\n', _lines), source, feedback));
    }

    // The program alone on the first line would be a command without arguments: it is the first of several words.
    private bool AreWords() => _lines.Count > 1 && _lines[0].Length > 0 && !_lines[0].Any(char.IsWhiteSpace) && CommandLineReader.IsProgram(_lines[0]);

    private void WriteAll(Func<IFeedback, IReadOnlyList<VmDefinition>> read) =>
        WriteObject(Await((feedback, _) => Task.FromResult(read(feedback))), enumerateCollection: true);

    private Dictionary<string, string> Variables() =>
        Variable.Cast<DictionaryEntry>().ToDictionary(entry => $"{entry.Key}", entry => $"{entry.Value}", StringComparer.Ordinal);
}
