using System.Buffers;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>PowerShell's paths as full paths of the file system.</summary>
internal static class PathResolution
{
    // What is special to PowerShell in a path where the current location is a folder: providers, escapes, the home folder.
    private static readonly SearchValues<char> Special = SearchValues.Create("\\`:~");

    /// <summary>The full path of a file that need not exist. Nothing in it is a wildcard.</summary>
    public static string FullPath(this PSCmdlet command, string path)
    {
        // Where thousands of paths come through a pipeline, the engine's own resolution is most of the time.
        if (path.StartsWith('/') && IsPlain(command, path)) return Path.GetFullPath(path);
        if (IsPlain(command, path) || NamesNoDrive(command, path)) return Path.GetFullPath(path, command.SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        var full = command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem" ? full : throw new QemuException(ErrorId.InvalidPath, $"'{path}' is not a path of the file system.");
    }

    /// <summary>The full paths that a path stands for: a file of exactly that name, else the matches of its wildcards.</summary>
    public static IReadOnlyList<string> MatchingPaths(this PSCmdlet command, string path)
    {
        var literal = command.FullPath(path);
        if (!WildcardPattern.ContainsWildcardCharacters(path) || File.Exists(literal)) return [literal];
        var folder = Path.GetDirectoryName(literal)!;
        return IsPlain(command, path) && !WildcardPattern.ContainsWildcardCharacters(folder) && Directory.Exists(folder)
            ? MatchesIn(folder, Path.GetFileName(literal))
            : command.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
    }

    // As the engine does it: in any case, without hidden files, by name.
    private static string[] MatchesIn(string folder, string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return
        [
            .. Directory.EnumerateFileSystemEntries(folder)
                .Where(entry => Path.GetFileName(entry) is var name && !name.StartsWith('.') && wildcard.IsMatch(name))
                .Order(StringComparer.CurrentCultureIgnoreCase),
        ];
    }

    private static bool IsPlain(PSCmdlet command, string path) =>
        !path.AsSpan().ContainsAny(Special)
        && command.SessionState.Path.CurrentLocation is { Provider.Name: "FileSystem", Drive.Root: "/" };

    // "a:b.qcow2" is a good file name on Linux, whatever PowerShell thinks of it: a drive is only meant where there is one.
    private static bool NamesNoDrive(PSCmdlet command, string path)
    {
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || path.AsSpan(colon).StartsWith("::") || path.AsSpan(0, colon).Contains('/')) return false;
        return !command.SessionState.Drive.GetAll().Any(drive => drive.Name.Equals(path[..colon], StringComparison.OrdinalIgnoreCase));
    }
}
