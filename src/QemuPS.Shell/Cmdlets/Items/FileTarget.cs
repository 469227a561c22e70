using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>The one file a cmdlet such as Out-File or Export-Clixml works on.</summary>
internal static class FileTarget
{
    /// <summary>The file to write, which need not exist; wildcards must name exactly one file.</summary>
    public static string FilePathFor(this PSCmdlet cmdlet, string path, string literalPath)
    {
        if (literalPath.Length > 0)
            return cmdlet.GetUnresolvedProviderPathFromPSPath(literalPath);
        if (!WildcardPattern.ContainsWildcardCharacters(path))
            return cmdlet.GetUnresolvedProviderPathFromPSPath(path);

        var matches = cmdlet.GetResolvedProviderPathFromPSPath(path, out _);
        return matches.Count == 1
            ? matches[0]
            : throw new PSInvalidOperationException($"Cannot perform operation because the path '{path}' resolved to {matches.Count} files.");
    }
}
