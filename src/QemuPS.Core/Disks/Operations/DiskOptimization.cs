using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// Writes an image anew without the space it no longer needs, and puts the copy in its place in one step: whoever looks
/// sees the old file or the new one.
/// </summary>
public sealed class DiskOptimization : IDisposable
{
    // What qemu-img convert has to be told so that the copy has the properties of the original.
    private static readonly (string Option, Func<QemuDisk, string?> Value)[] Kept =
    [
        ("compat", disk => disk.Compat),
        ("cluster_size", disk => disk.Format == "qcow2" ? disk.ClusterSizeBytes?.ToString() : null),
        ("extended_l2", disk => disk.ExtendedL2 == true ? "on" : null),
        ("lazy_refcounts", disk => disk.LazyRefcounts == true ? "on" : null),
        ("refcount_bits", disk => disk.RefcountBits?.ToString()),
        ("compression_type", disk => disk.CompressionType),
        ("subformat", disk => disk.Format is "vmdk" ? SubformatOf(disk) : null),
    ];

    private readonly SourceImage _source;
    private readonly bool _compress;
    private readonly string? _temporaryFolder;
    private readonly QemuDiskMeasurement _measured;

    private DiskOptimization(SourceImage source, bool compress, string? temporaryFolder, QemuDiskMeasurement measured)
    {
        _source = source;
        _compress = compress;
        _temporaryFolder = temporaryFolder;
        _measured = measured;
    }

    /// <summary>The command it will run, what the copy will take and what is free.</summary>
    public string Description =>
        $"{QemuImg.Find().Describe(Arguments(Path.Combine(Path.GetDirectoryName(WorkTarget)!, ".qemups-*.partial")))}\n"
        + $"Needs {(_compress ? "at most " : "")}{SizeText.From(_measured.RequiredBytes)} of the {SizeText.From(FreeSpace.At(WorkTarget))} that are free, then replaces '{Target}' ({SizeText.From(_source.Disk.FileSizeBytes)}).";

    // A link stays a link: the file it leads to is what is replaced.
    private string Target => File.ResolveLinkTarget(_source.Disk.Path, returnFinalTarget: true)?.FullName ?? _source.Disk.Path;

    private string WorkTarget => _temporaryFolder is null ? Target : Path.Combine(_temporaryFolder, Path.GetFileName(Target));

    /// <summary>Looks whether it can be done, and how large the copy will be. Nothing is written.</summary>
    /// <param name="path">The image's full path.</param>
    /// <param name="compress">Clusters are compressed.</param>
    /// <param name="temporaryFolder">Where the copy is written first; null for the image's own folder.</param>
    /// <param name="feedback">Hears what is worth to know.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.InsufficientSpace"/>,
    /// <see cref="ErrorId.NotSupported"/> for an image with something that a copy would lose (snapshots, encryption, a data file).
    /// </exception>
    public static async Task<DiskOptimization> PrepareAsync(string path, bool compress, string? temporaryFolder, IFeedback feedback, CancellationToken cancellation)
    {
        if (temporaryFolder is not null && !Directory.Exists(temporaryFolder)) throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{temporaryFolder}' does not exist.");
        DiskFile.RequireFile(path);
        RequireNothingLost(await DiskReader.ReadAsync(path, null, feedback, cancellation).ConfigureAwait(false));
        var source = await SourceImage.OpenAsync(path, null, feedback, cancellation).ConfigureAwait(false);
        try
        {
            source.RequireOurs();
            var measured = await DiskMeasurement.EstimateAsync(source, null, cancellation).ConfigureAwait(false);
            var optimization = new DiskOptimization(source, compress, temporaryFolder, measured);
            if (!compress && source.Disk.BackingPath is null) FreeSpace.Require(optimization.WorkTarget, Math.Min(measured.RequiredBytes, source.Disk.FileSizeBytes));
            return optimization;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Does it.</summary>
    /// <returns>The image as it is now.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/> with the tool's words and what <see cref="PrepareAsync"/> throws.</exception>
    public async Task<QemuDisk> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        NewFile.Sweep(Path.GetDirectoryName(WorkTarget)!, feedback);
        using var copy = new NewFile(WorkTarget, overwrite: true, withOwnName: _source.Disk.Format == "vmdk");
        var result = await QemuImg.Find().RunAsync(Arguments(copy.WorkPath), $"Optimizing {Path.GetFileName(Target)}", feedback, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw QemuImgFailure.From(copy.Named(result), _source.Disk.Path, ErrorId.ToolFailed);

        // A machine may have been started meanwhile: what it writes would be lost with the old file.
        DiskFile.RequireUnlocked(_source.Disk.Path);
        await ReplaceAsync(copy, cancellation).ConfigureAwait(false);
        return await DiskReader.ReadAsync(_source.Disk.Path, _source.Disk.Format, NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private async Task ReplaceAsync(NewFile copy, CancellationToken cancellation)
    {
        if (_temporaryFolder is null)
        {
            Finish(copy);
            return;
        }

        FreeSpace.Require(Target, (ulong)FileStatus.OfTarget(copy.WorkPath).AllocatedBytes);
        using var near = new NewFile(Target, overwrite: true, withOwnName: false);
        await SparseCopy.CopyAsync(copy.WorkPath, near.WorkPath, cancellation).ConfigureAwait(false);
        Finish(near);
    }

    private void Finish(NewFile file)
    {
        File.SetUnixFileMode(file.WorkPath, File.GetUnixFileMode(Target));
        file.Flush();
        file.Keep();
    }

    private static void RequireNothingLost(QemuDisk disk)
    {
        var lost = disk switch
        {
            { Snapshots.Count: > 0 } => $"its snapshots ({string.Join(", ", disk.Snapshots)})",
            { IsEncrypted: true } => "its encryption",
            _ when DataFileOf(disk) is { } data => $"its data file '{data}'",
            { Format: "vmdk" } when SubformatOf(disk) is not ("monolithicSparse" or "streamOptimized") => $"its division into files ({SubformatOf(disk)})",
            _ => null,
        };
        if (lost is not null) throw new QemuException(ErrorId.NotSupported, $"'{disk.Path}' cannot be written anew in its place: the copy would lose {lost}.", "Convert-QemuDisk makes a copy under another name.");
    }

    private static string? DataFileOf(QemuDisk disk) => Specific(disk, "data-file");

    private static string? SubformatOf(QemuDisk disk) => Specific(disk, "create-type");

    private static string? Specific(QemuDisk disk, string name) =>
        disk.Raw.TryGetValue("format-specific", out var specific) && specific is IReadOnlyDictionary<string, object?> outer
        && outer.TryGetValue("data", out var data) && data is IReadOnlyDictionary<string, object?> inner && inner.TryGetValue(name, out var value)
            ? value as string
            : null;

    private string[] Arguments(string path)
    {
        var disk = _source.Disk;
        var options = Kept.Select(option => KeyValuePair.Create(option.Option, option.Value(disk)!)).Where(option => option.Value is not null);
        return
        [
            "convert", "-p",
            .. _compress ? ["-c"] : Array.Empty<string>(),
            "-O", disk.Format,
            .. ImageOptions.ToArguments(options),
            .. disk.Format == "qcow2" && disk.Compat != "0.10" ? ["--bitmaps"] : Array.Empty<string>(),
            .. disk.BackingPath is { } backing ? new[] { "-B", backing, "-F", disk.BackingFormat! } : [],
            .. _source.Reference.ToArguments(),
            path,
        ];
    }
}
