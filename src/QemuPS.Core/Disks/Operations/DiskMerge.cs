using System.Security;

namespace QemuPS.Disks;

/// <summary>What shall be merged down.</summary>
public sealed record MergeRequest
{
    /// <summary>The overlay's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The image in its chain that takes the content; null for the one right below.</summary>
    public string? DestinationPath { get; init; }

    /// <summary>The overlay, and what lies between it and the destination, are deleted afterwards.</summary>
    public bool Drop { get; init; }

    /// <summary>It is done although other images have the destination, or what lies between, below them: they will be damaged.</summary>
    public bool Force { get; init; }

    /// <summary>What opens an encrypted image.</summary>
    public SecureString? Passphrase { get; init; }
}

/// <summary>
/// Writes an overlay's content into an image below it (<c>qemu-img commit</c>). Killed in between, the overlay still holds
/// all of its content, and the work can be done again.
/// </summary>
public sealed class DiskMerge : IDisposable
{
    private readonly MergeRequest _request;
    private readonly SourceImage _source;
    private readonly QemuDisk _destination;
    private readonly IReadOnlyList<QemuDisk> _between;

    private DiskMerge(MergeRequest request, SourceImage source, QemuDisk destination, IReadOnlyList<QemuDisk> between)
    {
        _request = request;
        _source = source;
        _destination = destination;
        _between = between;
    }

    /// <summary>The command it will run, and what becomes of the images.</summary>
    public string Description
    {
        get
        {
            var command = QemuImg.Find().Describe(Arguments([]));
            var gone = Dropped.Select(image => $"'{image.Path}'").ToList();
            return gone.Count > 0 ? $"{command}\nThen deletes {string.Join(", ", gone)}." : command;
        }
    }

    private IEnumerable<QemuDisk> Dropped => _request.Drop ? _between.Prepend(_source.Disk) : [];

    // QEMU empties the overlay only when it goes into the next image, and need not when it is deleted.
    private bool KeepsOverlay => _request.Drop || _between.Count > 0;

    /// <summary>Looks whether it can be done. Nothing is written.</summary>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.InvalidPath"/> for a destination
    /// that is not in the chain, <see cref="ErrorId.DiskHasOverlays"/>, <see cref="ErrorId.InsufficientSpace"/>, <see cref="ErrorId.AccessDenied"/>
    /// </exception>
    public static async Task<DiskMerge> PrepareAsync(MergeRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var source = await SourceImage.OpenAsync(request.Path, request.Passphrase, feedback, cancellation).ConfigureAwait(false);
        try
        {
            var chain = source.Disk.Chain;
            var index = IndexOf(source.Disk, request.DestinationPath);
            var merge = new DiskMerge(request, source, chain[index], [.. chain.Take(index)]);
            merge.RequireSense(feedback, cancellation);
            return merge;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The image below an overlay that takes its content, for an overlay that a running machine writes to.</summary>
    /// <exception cref="QemuException">What <see cref="PrepareAsync"/> throws.</exception>
    public static async Task<QemuDisk> DestinationOfLiveAsync(MergeRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var disk = await DiskReader.ReadChainAsync(request.Path, feedback, cancellation).ConfigureAwait(false);
        var index = IndexOf(disk, request.DestinationPath);
        RequireWritable(disk.Chain[index].Path);
        if (!request.Force) RequireNoOthers(disk, disk.Chain[index].Path, feedback, cancellation);
        return disk.Chain[index];
    }

    /// <summary>Does it.</summary>
    /// <returns>The image that has the content now.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/> and others, with the tool's words.</exception>
    public async Task<QemuDisk> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        var result = await QemuImg.Find().RunAsync(Arguments(_source.SecretArguments), $"Merging {Path.GetFileName(_request.Path)}", feedback, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw QemuImgFailure.From(result, _request.Path, ErrorId.ToolFailed);
        foreach (var image in Dropped) DiskFile.Delete(image.Path);
        return await DiskReader.ReadAsync(_destination.Path, _destination.Format, NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static int IndexOf(QemuDisk disk, string? destination)
    {
        if (disk.Chain.Count == 0) throw new QemuException(ErrorId.NotSupported, $"'{disk.Path}' is no overlay: there is nothing to merge it into.");
        if (destination is null) return 0;
        var index = disk.Chain.ToList().FindIndex(image => image.Path == destination);
        return index >= 0 ? index : throw new QemuException(ErrorId.InvalidPath, $"'{destination}' is not in the chain of '{disk.Path}', which goes: {string.Join(", ", disk.Chain.Select(image => $"'{image.Path}'"))}.");
    }

    private void RequireSense(IFeedback feedback, CancellationToken cancellation)
    {
        _source.RequireOurs();
        foreach (var image in _between.Append(_destination)) DiskFile.RequireUnlocked(image.Path);
        RequireWritable(_destination.Path);
        if (!_request.Force) RequireNoOthers(_source.Disk, _destination.Path, feedback, cancellation);
        var growth = Math.Min(_between.Prepend(_source.Disk).Aggregate(0ul, (sum, image) => sum + image.FileSizeBytes), _source.Disk.SizeBytes);
        FreeSpace.Require(_destination.Path, growth);
        if (_between.Count > 0 && !_request.Drop) feedback.Warning($"After the merge {string.Join(", ", _between.Select(image => $"'{image.Path}'"))} hold nothing of use any more: their base has changed.");
    }

    // A template is what others stand on; the tool would make it writable without a word.
    private static void RequireWritable(string path)
    {
        if ((File.GetUnixFileMode(path) & (UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0)
        {
            throw new QemuException(ErrorId.AccessDenied, $"'{path}' is a template: nobody may write to it.", $"Set-QemuDisk {Processes.ShellQuoting.PowerShell([path])} -Template:$false");
        }
    }

    private static void RequireNoOthers(QemuDisk disk, string destination, IFeedback feedback, CancellationToken cancellation)
    {
        HashSet<string> own = [disk.Path, .. disk.Chain.Select(image => image.Path)];
        string[] folders = [.. new[] { destination, disk.Path }.Select(path => Path.GetDirectoryName(path)!).Distinct()];
        var others = DiskOverlays.In(folders, withSubfolders: false, feedback, cancellation).Of(destination).Where(image => !own.Contains(image.Path)).ToList();
        if (others.Count == 0) return;
        throw new QemuException(
            ErrorId.DiskHasOverlays,
            $"'{destination}' is the base of {string.Join(", ", others.Select(image => $"'{image.Path}'"))} as well, which the merge would damage.",
            "Merge or remove those first, or use -Force when they may be lost.");
    }

    private string[] Arguments(IEnumerable<string> secrets) =>
    [
        "commit", "-p", .. secrets,
        .. KeepsOverlay ? ["-d"] : Array.Empty<string>(),
        .. _between.Count > 0 ? new[] { "-b", _destination.Path } : [],
        .. _source.Reference.ToArguments(),
    ];
}
