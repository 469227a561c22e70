using System.Security;

namespace QemuPS.Disks;

/// <summary>What an image's backing image shall be.</summary>
public sealed record RebaseRequest
{
    /// <summary>The image's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The new backing image's full path; null for none, which makes the image stand alone.</summary>
    public required string? BackingPath { get; init; }

    /// <summary>The new backing image's format by QEMU's name; read from the image where it is null.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>Only the name is changed: the content of the new backing image has to be that of the old.</summary>
    public bool Unsafe { get; init; }

    /// <summary>What opens an encrypted image.</summary>
    public SecureString? Passphrase { get; init; }
}

/// <summary>
/// Gives an image another backing image (<c>qemu-img rebase</c>). The tool copies what the two differ in, and changes the
/// name last, when the rest is on the medium: killed at any moment, the image stands on the old one or on the new one.
/// </summary>
public sealed class DiskRebase : IDisposable
{
    private readonly RebaseRequest _request;
    private readonly SourceImage _source;
    private readonly string? _backingFormat;

    private DiskRebase(RebaseRequest request, SourceImage source, string? backingFormat)
    {
        _request = request;
        _source = source;
        _backingFormat = backingFormat;
    }

    /// <summary>The command it will run.</summary>
    public string Description => QemuImg.Find().Describe(Arguments([]));

    /// <summary>Looks whether it can be done. Nothing is written.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.InvalidPath"/></exception>
    public static async Task<DiskRebase> PrepareAsync(RebaseRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var source = request.Unsafe
            ? await SourceImage.OpenAloneAsync(request.Path, request.Passphrase, feedback, cancellation).ConfigureAwait(false)
            : await SourceImage.OpenAsync(request.Path, request.Passphrase, feedback, cancellation).ConfigureAwait(false);
        try
        {
            source.RequireOurs();
            if (source.Disk.Format is not ("qcow2" or "qed")) throw new QemuException(ErrorId.NotSupported, $"A {source.Disk.Format} image cannot be given another backing image.");
            var backing = await BackingAsync(request, feedback, cancellation).ConfigureAwait(false);
            return new DiskRebase(request, source, request.BackingFormat ?? backing?.Format);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Does it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/> and others, with the tool's words.</exception>
    public async Task<QemuDisk> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        var result = await QemuImg.Find().RunAsync(Arguments(_source.SecretArguments), $"Rebasing {Path.GetFileName(_request.Path)}", feedback, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw QemuImgFailure.From(result, _request.Path, ErrorId.ToolFailed);
        return await DiskReader.ReadAsync(_request.Path, _source.Disk.Format, NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static async Task<QemuDisk?> BackingAsync(RebaseRequest request, IFeedback feedback, CancellationToken cancellation)
    {
        if (request.BackingPath is not { } path) return null;
        DiskFile.RequireFile(path);
        DiskFile.RequireNoWriter(path);
        // With -Unsafe a chain may be in pieces; the new base has to be whole in itself.
        var backing = await DiskReader.ReadAsync(path, request.BackingFormat, feedback, cancellation).ConfigureAwait(false);
        DiskReader.RequireNamedFormat(backing);
        var chain = await DiskReader.ReadChainAsync(path, feedback, cancellation).ConfigureAwait(false);
        if (chain.Chain.Prepend(chain).Any(image => image.Path == request.Path)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is an overlay of '{request.Path}': the chain would be a circle.");
        return backing;
    }

    private string[] Arguments(IEnumerable<string> secrets) =>
    [
        // Written back at leisure, as the tool would have it, the tables that tell of the copied data may be lost although the
        // new name is in the header: a tool that is killed at the end would leave an image with other content.
        "rebase", "-p", "-t", "writethrough", .. secrets,
        .. _request.Unsafe ? ["-u"] : Array.Empty<string>(),
        .. _request.BackingPath is { } path ? new[] { "-b", path, "-F", _backingFormat! } : ["-b", ""],
        .. _source.Reference.ToArguments(),
    ];
}
