using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// An image that comes into being complete or not at all: it is written under another name in its folder and
/// renamed when it is done. Disposed before <see cref="Keep"/>, nothing is left of it.
/// </summary>
internal sealed class NewFile : IDisposable
{
    private const string Prefix = ".qemups-";
    private const string Suffix = ".partial";

    // A tool that is at work has its image locked; between its last write and the renaming lies a moment.
    private static readonly TimeSpan OldEnough = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly bool _overwrite;
    private readonly string _partial;
    private bool _kept;

    /// <summary>Begins a new image.</summary>
    /// <param name="path">The path it shall have in the end.</param>
    /// <param name="overwrite">A file of that name is replaced.</param>
    /// <param name="withOwnName">It has to be written under its own file name, in a folder of its own: VMDK images hold their name.</param>
    public NewFile(string path, bool overwrite, bool withOwnName)
    {
        _path = path;
        _overwrite = overwrite;
        _partial = Path.Combine(Path.GetDirectoryName(path)!, $"{Prefix}{Guid.NewGuid():N}{Suffix}");
        if (withOwnName) CreateFolder();
        WorkPath = withOwnName ? Path.Combine(_partial, Path.GetFileName(path)) : _partial;
    }

    /// <summary>Where to write.</summary>
    public string WorkPath { get; }

    /// <summary>Deletes what tools that were killed have left in a folder.</summary>
    public static void Sweep(string folder, IFeedback feedback)
    {
        foreach (var path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}").Where(IsAbandoned))
        {
            feedback.Verbose($"Deleting '{path}', which a tool that was killed has left.");
            File.Delete(path);
        }
    }

    /// <summary>What a tool said, with the name the user knows.</summary>
    public ToolResult Named(ToolResult result) =>
        result with { StandardError = result.StandardError.Replace(WorkPath, _path, StringComparison.Ordinal) };

    /// <summary>Waits until the file is on the medium: for callers who delete what it was made of.</summary>
    public void Flush()
    {
        using var file = File.OpenHandle(WorkPath, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>The file is complete: give it its name.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskExists"/> when somebody made a file of that name meanwhile.</exception>
    public void Keep()
    {
        try
        {
            if (WorkPath != _partial) MoveCompanions();
            File.Move(WorkPath, _path, _overwrite);
            _kept = WorkPath == _partial;
        }
        catch (IOException error) when (File.Exists(_path) && !_overwrite)
        {
            throw new QemuException(ErrorId.DiskExists, $"'{_path}' was created by somebody else meanwhile.", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot create '{_path}'", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_kept) return;
        if (Directory.Exists(_partial)) Directory.Delete(_partial, recursive: true);
        else File.Delete(_partial);
    }

    private static bool IsAbandoned(string path) =>
        DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > OldEnough && ImageLocks.FindHolder(path) is null;

    // The extents of an image in several files; the file that makes an image of them comes last.
    private void MoveCompanions()
    {
        foreach (var file in Directory.EnumerateFiles(_partial).Where(file => file != WorkPath))
        {
            File.Move(file, Path.Combine(Path.GetDirectoryName(_path)!, Path.GetFileName(file)), _overwrite);
        }
    }

    private void CreateFolder()
    {
        try
        {
            Directory.CreateDirectory(_partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot create '{_path}'", error);
        }
    }
}
