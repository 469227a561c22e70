using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>
/// What the cmdlets that work on provider paths share: wildcards or literal paths, one error a path. The engine's
/// providers ask ShouldProcess themselves, through the cmdlet that calls them.
/// </summary>
public abstract class PathCmdlet : PSCmdlet
{
    protected const string PathSet = "Path";
    protected const string LiteralPathSet = "LiteralPath";

    protected bool IsLiteral => ParameterSetName == LiteralPathSet;

    /// <summary>Runs one path's work; what fails is written as its error and the next path has its turn.</summary>
    protected void Attempt(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is IContainsErrorRecord and not (FlowControlException or PipelineStoppedException or ActionPreferenceStopException))
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)error).ErrorRecord, error));
        }
    }

    /// <summary>The paths that exist for one argument; one that has no wildcard and is not there is an error.</summary>
    protected IReadOnlyList<string> FindExisting(string path)
    {
        var pattern = IsLiteral ? WildcardPattern.Escape(path) : path;
        return [.. SessionState.Path.GetResolvedPSPathFromPSPath(pattern).Select(found => found.Path)];
    }

    private protected static bool Matches(string name, string? filter)
        => filter is null || WildcardPattern.Get(filter, WildcardOptions.IgnoreCase).IsMatch(name);
}

/// <summary>As <see cref="PathCmdlet"/>, for those that must be given a path.</summary>
public abstract class MandatoryPathCmdlet : PathCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    protected string[] Paths => IsLiteral ? LiteralPath : Path;
}
