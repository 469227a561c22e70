using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// A file that comes into being complete or not at all: it is written under another name in its folder and
/// renamed when it is done. Disposed before <see cref="Keep"/>, nothing is left of it.
/// </summary>
internal sealed class NewFile(string path, bool overwrite) : IDisposable
{
    private bool _kept;

    /// <summary>Where to write.</summary>
    public string WorkPath { get; private set; } =
        Path.Combine(Path.GetDirectoryName(path)!, $".qemups-{Guid.NewGuid():N}.partial");

    /// <summary>Writes under the final name after all, for formats that must know it.</summary>
    public void WriteInPlace()
    {
        WorkPath = path;
        if (overwrite) File.Delete(path);
    }

    /// <summary>What a tool said, with the name the user knows.</summary>
    public ToolResult Named(ToolResult result) =>
        result with { StandardError = result.StandardError.Replace(WorkPath, path, StringComparison.Ordinal) };

    /// <summary>The file is complete: give it its name.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskExists"/> when somebody made a file of that name meanwhile.</exception>
    public void Keep()
    {
        try
        {
            if (WorkPath != path) File.Move(WorkPath, path, overwrite);
            _kept = true;
        }
        catch (IOException error) when (File.Exists(path) && !overwrite)
        {
            throw new QemuException(ErrorId.DiskExists, $"'{path}' was created by somebody else meanwhile.", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot create '{path}'", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_kept) File.Delete(WorkPath);
    }
}
