using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsDiagnostic.Resolve, "Path", DefaultParameterSetName = PathSet)]
[OutputType(typeof(PathInfo), typeof(string))]
public sealed class ResolvePathCommand : MandatoryPathCmdlet
{
    [Parameter]
    public SwitchParameter Relative { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var path in Paths)
            Attempt(() => Write(IsLiteral ? WildcardPattern.Escape(path) : path));
    }

    private void Write(string pattern)
    {
        foreach (var found in SessionState.Path.GetResolvedPSPathFromPSPath(pattern))
            WriteObject(Relative ? RelativeTo(found) : found);
    }

    private string RelativeTo(PathInfo found)
    {
        var here = SessionState.Path.CurrentLocation.ProviderPath;
        var relative = System.IO.Path.GetRelativePath(here, found.ProviderPath);
        return relative.StartsWith("..", StringComparison.Ordinal) ? relative : SessionState.Path.Combine(".", relative);
    }
}

[Cmdlet(VerbsData.Convert, "Path", DefaultParameterSetName = PathSet)]
[OutputType(typeof(string))]
public sealed class ConvertPathCommand : MandatoryPathCmdlet
{
    protected override void ProcessRecord()
    {
        foreach (var path in Paths)
        {
            Attempt(() => WriteObject(
                SessionState.Path.GetResolvedProviderPathFromPSPath(IsLiteral ? WildcardPattern.Escape(path) : path, out _), enumerateCollection: true));
        }
    }
}
