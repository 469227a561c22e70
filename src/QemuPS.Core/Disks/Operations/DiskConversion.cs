using System.Globalization;
using System.Security;

namespace QemuPS.Disks;

/// <summary>What an image shall be converted to.</summary>
public sealed record ConversionRequest
{
    /// <summary>The image's full path.</summary>
    public required string SourcePath { get; init; }

    /// <summary>The new image's full path.</summary>
    public required string DestinationPath { get; init; }

    /// <summary>The new image's format.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>An image with the content of the one that the source stands on: the new one becomes its overlay.</summary>
    public string? BackingPath { get; init; }

    /// <summary>The backing image's format by QEMU's name; read from the image where it is null.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>Clusters are compressed.</summary>
    public bool Compress { get; init; }

    /// <summary>A snapshot inside the image whose content is taken instead of the present one.</summary>
    public string? SnapshotName { get; init; }

    /// <summary>Further options of the new image's format.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>The most that is written in a second, in bytes; null for no limit.</summary>
    public ulong? RateLimitBytesPerSecond { get; init; }

    /// <summary>What opens the image.</summary>
    public SecureString? Passphrase { get; init; }

    /// <summary>What the new image is encrypted with; null for one that is not encrypted.</summary>
    public SecureString? DestinationPassphrase { get; init; }

    /// <summary>A file at the new image's path is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The image is deleted when the new one is complete and on the medium.</summary>
    public bool DeleteSource { get; init; }
}

/// <summary>Copies an image into another format (<c>qemu-img convert</c>). The copy is there complete, or not at all.</summary>
public sealed class DiskConversion : IDisposable
{
    private const string DestinationSecretId = "destination";
    private readonly ConversionRequest _request;
    private readonly SourceImage _source;
    private readonly QemuDisk? _backing;
    private readonly ulong _neededBytes;

    private DiskConversion(ConversionRequest request, SourceImage source, QemuDisk? backing, ulong neededBytes)
    {
        _request = request;
        _source = source;
        _backing = backing;
        _neededBytes = neededBytes;
    }

    /// <summary>The command it will run, what the copy will take and what is free.</summary>
    public string Description
    {
        get
        {
            var command = QemuImg.Find().Describe(Arguments(_request.DestinationPath, []));
            var sizes = $"{command}\nNeeds {(_request.Compress ? "at most " : "")}{SizeText.From(_neededBytes)} of the {SizeText.From(FreeSpace.At(_request.DestinationPath))} that are free.";
            return _request.DeleteSource ? $"{sizes}\nThen deletes '{_request.SourcePath}'." : sizes;
        }
    }

    /// <summary>Looks whether it can be done, and how large the copy will be. Nothing is written.</summary>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.InsufficientSpace"/>,
    /// <see cref="ErrorId.SnapshotNotFound"/>, <see cref="ErrorId.InvalidPassphrase"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.InvalidPath"/>
    /// </exception>
    public static async Task<DiskConversion> PrepareAsync(ConversionRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var source = await SourceImage.OpenAsync(request.SourcePath, request.Passphrase, feedback, cancellation).ConfigureAwait(false);
        try
        {
            RequireSense(request, source);
            var backing = await BackingAsync(request, source, feedback, cancellation).ConfigureAwait(false);
            var measured = await DiskMeasurement.EstimateAsync(source, request.SnapshotName, cancellation).ConfigureAwait(false);
            var needed = IsLaidDown(request) ? measured.FullyAllocatedBytes : measured.RequiredBytes;
            RequireSpace(request, needed, feedback);
            return new DiskConversion(request, source, backing, needed);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Does it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/> with the tool's words and what <see cref="PrepareAsync"/> throws.</exception>
    public async Task<QemuDisk> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        NewFile.Sweep(Path.GetDirectoryName(_request.DestinationPath)!, feedback);
        using var secret = Passphrase.From(_request.DestinationPassphrase, DestinationSecretId);
        using var target = new NewFile(_request.DestinationPath, _request.Overwrite, _request.Format == DiskFormat.Vmdk);
        string[] secrets = [.. _source.SecretArguments, .. secret?.Arguments ?? []];
        var activity = $"Converting {Path.GetFileName(_request.SourcePath)} to {_request.Format.ToQemuName()}";
        var result = await QemuImg.Find().RunAsync(Arguments(target.WorkPath, secrets), activity, feedback, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw QemuImgFailure.From(target.Named(result), _request.SourcePath, ErrorId.ToolFailed);

        if (_request.DeleteSource) target.Flush();
        target.Keep();
        if (_request.DeleteSource) DiskFile.Delete(_request.SourcePath);
        return await DiskReader.ReadAsync(_request.DestinationPath, _request.Format.ToQemuName(), NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static async Task<QemuDisk?> BackingAsync(ConversionRequest request, SourceImage source, IFeedback feedback, CancellationToken cancellation)
    {
        if (request.BackingPath is not { } path) return null;
        var backing = await DiskReader.ReadAsync(path, request.BackingFormat, feedback, cancellation).ConfigureAwait(false);
        if (source.Disk.BackingPath is not { } own || Processes.FileStatus.AreSame(own, path)) return backing;

        // qemu-img copies what the topmost image holds, and takes for granted that the rest is the same in the new base.
        feedback.Verbose($"Comparing '{path}' with '{own}', whose place it takes.");
        var comparison = await DiskComparison.RunAsync(own, path, strict: false, request.Passphrase, feedback, cancellation).ConfigureAwait(false);
        if (comparison.AreIdentical) return backing;
        throw new QemuException(
            ErrorId.InvalidOption,
            $"'{path}' has another content than '{own}', on which '{request.SourcePath}' stands (first at offset {comparison.FirstDifferenceOffset}): the copy would hold nonsense.",
            "Convert it without -BackingPath.");
    }

    private static void RequireSense(ConversionRequest request, SourceImage source)
    {
        if (Processes.FileStatus.AreSame(request.SourcePath, request.DestinationPath)) throw new QemuException(ErrorId.InvalidPath, $"'{request.SourcePath}' cannot be converted into itself.", "Use Optimize-QemuDisk to write an image anew in its place.");
        DiskFile.RequireNew(request.DestinationPath, request.Overwrite);
        if (source.Disk.Chain.Any(image => Processes.FileStatus.AreSame(image.Path, request.DestinationPath))) throw new QemuException(ErrorId.InvalidPath, $"'{request.DestinationPath}' is a backing image of '{request.SourcePath}': it cannot be replaced by a copy of it.");
        if (request.DestinationPassphrase is not null) ImageOptions.RequireEncryptable(request.Format);
        if (request.BackingPath is not null && request.Format is not (DiskFormat.Qcow2 or DiskFormat.Vmdk)) throw new QemuException(ErrorId.NotSupported, $"A {request.Format.ToQemuName()} image has no backing image.", "Use -Format Qcow2.");
        if (request.SnapshotName is { } snapshot) DiskSnapshots.Require(source.Disk, snapshot);
        if (request.DeleteSource) source.RequireOurs();
        else source.RequireQuiet();
    }

    private static bool IsLaidDown(ConversionRequest request) =>
        request.Options.TryGetValue("preallocation", out var preallocation) && preallocation is "falloc" or "full";

    private static void RequireSpace(ConversionRequest request, ulong needed, IFeedback feedback)
    {
        // How far an image can be compressed, or how much of it an overlay shares, is known when it is done.
        if (!request.Compress && request.BackingPath is null) FreeSpace.Require(request.DestinationPath, needed);
        else if (FreeSpace.At(request.DestinationPath) < needed) feedback.Warning($"'{request.DestinationPath}' may need up to {SizeText.From(needed)}, and {SizeText.From(FreeSpace.At(request.DestinationPath))} are free there.");
    }

    private string[] Arguments(string path, IEnumerable<string> secrets)
    {
        var options = _request.Options.Concat(_request.DestinationPassphrase is null ? [] : ImageOptions.Encryption(DestinationSecretId));
        return
        [
            "convert", "-p", .. secrets,
            .. _request.Compress ? ["-c"] : Array.Empty<string>(),
            .. _request.RateLimitBytesPerSecond is { } rate ? ["-r", rate.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
            .. _request.SnapshotName is { } snapshot ? ["-l", $"snapshot.name={ImageOptions.Escape(snapshot)}"] : Array.Empty<string>(),
            "-O", _request.Format.ToQemuName(),
            .. ImageOptions.ToArguments(options),
            .. _backing is null ? [] : new[] { "-B", _backing.Path, "-F", _backing.Format },
            .. _source.Reference.ToArguments(),
            path,
        ];
    }
}
