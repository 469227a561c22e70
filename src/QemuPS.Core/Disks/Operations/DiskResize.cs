using System.Globalization;
using System.Security;

namespace QemuPS.Disks;

/// <summary>Changes the size of an image that is not in use (<c>qemu-img resize</c>).</summary>
public sealed class DiskResize : IDisposable
{
    private readonly SourceImage _source;
    private readonly DiskPreallocation _preallocation;

    private DiskResize(SourceImage source, ulong sizeBytes, DiskPreallocation preallocation)
    {
        _source = source;
        SizeBytes = sizeBytes;
        _preallocation = preallocation;
    }

    /// <summary>The size it will have.</summary>
    public ulong SizeBytes { get; }

    /// <summary>The end of the disk is cut off.</summary>
    public bool Shrinks => SizeBytes < _source.Disk.SizeBytes;

    /// <summary>The command it will run.</summary>
    public string Description =>
        QemuImg.Find().Describe(Arguments([])) + (Shrinks ? $"\nThe last {SizeText.From(_source.Disk.SizeBytes - SizeBytes)} of '{_source.Disk.Path}' are lost." : "");

    /// <summary>Looks whether it can be done. Nothing is written.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.InvalidSize"/> for a smaller size
    /// without <paramref name="shrink"/>, <see cref="ErrorId.NotSupported"/> for an image with a format that has one size for good.</exception>
    public static async Task<DiskResize> PrepareAsync(string path, DiskSize size, bool shrink, DiskPreallocation preallocation, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        var source = await SourceImage.OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        try
        {
            source.RequireOurs();
            var bytes = size.Of(source.Disk.SizeBytes);
            RequireSense(source.Disk, bytes, shrink);
            return new DiskResize(source, bytes, preallocation);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Throws for a size that is none, and for a smaller one that was not meant.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidSize"/></exception>
    public static void RequireSense(QemuDisk disk, ulong sizeBytes, bool shrink)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (sizeBytes is 0 or > long.MaxValue) throw new QemuException(ErrorId.InvalidSize, "A disk has a size between 1 byte and 8 EiB.");
        if (sizeBytes >= disk.SizeBytes || shrink) return;
        throw new QemuException(
            ErrorId.InvalidSize,
            $"'{disk.Path}' has {SizeText.From(disk.SizeBytes)}: made smaller, the last {SizeText.From(disk.SizeBytes - sizeBytes)} of it are lost.",
            "Shrink the file systems in the guest first, then use -Shrink.");
    }

    /// <summary>Does it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/> and others, with the tool's words.</exception>
    public async Task<QemuDisk> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        await QemuImg.Find().RequireAsync(Arguments(_source.SecretArguments), _source.Disk.Path, cancellation).ConfigureAwait(false);
        if (!Shrinks) feedback.Verbose($"'{_source.Disk.Path}' has {SizeText.From(SizeBytes)} now. Partitions and file systems inside grow when the guest grows them.");
        return await DiskReader.ReadAsync(_source.Disk.Path, _source.Disk.Format, NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private string[] Arguments(IEnumerable<string> secrets) =>
    [
        "resize", "-q", .. secrets,
        .. Shrinks ? ["--shrink"] : Array.Empty<string>(),
        .. _preallocation == DiskPreallocation.Off ? [] : new[] { $"--preallocation={_preallocation.ToString().ToLowerInvariant()}" },
        .. _source.Reference.ToArguments(),
        SizeBytes.ToString(CultureInfo.InvariantCulture),
    ];
}
