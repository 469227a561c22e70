using System.Threading.Channels;

namespace QemuPS.Processes;

/// <summary>Tells that something in a folder has changed (inotify(7)): what came between two questions is told, too.</summary>
public sealed class FileChanges : IDisposable
{
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher _watcher;

    /// <summary>Begins to watch.</summary>
    /// <param name="folder">The folder; it has to be there.</param>
    /// <param name="name">The file's name, or a pattern.</param>
    /// <param name="deep">Folders below count, too.</param>
    public FileChanges(string folder, string name, bool deep = false)
    {
        _watcher = new FileSystemWatcher(folder, name)
        {
            IncludeSubdirectories = deep,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.Size | NotifyFilters.LastWrite | NotifyFilters.Attributes,
        };
        _watcher.Changed += Tell;
        _watcher.Created += Tell;
        _watcher.Renamed += Tell;
        _watcher.Deleted += Tell;
        // Too many at once to be named: something has changed all the same.
        _watcher.Error += Tell;
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Waits until something has changed since the last wait.</summary>
    public async Task WaitAsync(CancellationToken cancellation) => await _changes.Reader.ReadAsync(cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _watcher.Dispose();

    private void Tell(object sender, EventArgs change) => _changes.Writer.TryWrite(true);
}
