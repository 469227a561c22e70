using System.Security;

namespace QemuPS.Disks;

/// <summary>An image that is worked on: what it is, and how the tool is told of it.</summary>
internal sealed class SourceImage : IDisposable
{
    private readonly Passphrase? _secret;

    private SourceImage(QemuDisk disk, SecureString? passphrase)
    {
        Disk = disk;
        _secret = disk.IsEncrypted ? Passphrase.From(passphrase, "source") : null;
    }

    /// <summary>What it is.</summary>
    public QemuDisk Disk { get; }

    /// <summary>The tool's arguments about its passphrase, if it has one.</summary>
    public IReadOnlyList<string> SecretArguments => _secret?.Arguments ?? [];

    /// <summary>How the tool is told of it.</summary>
    public ImageReference Reference => new(Disk.Path, Disk.Format, _secret);

    /// <summary>Reads what an image and its chain are, and refuses what QEMU would have to guess.</summary>
    /// <param name="path">The image's full path.</param>
    /// <param name="passphrase">What opens an encrypted image.</param>
    /// <param name="feedback">Hears what is worth to know.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.InvalidPassphrase"/> when it needs one and there is none.</exception>
    public static async Task<SourceImage> OpenAsync(string path, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        DiskFile.RequireFile(path);
        var disk = await DiskReader.ReadChainAsync(path, feedback, cancellation).ConfigureAwait(false);
        foreach (var image in disk.Chain.Prepend(disk)) DiskReader.RequireNamedFormat(image);
        return Open(disk, passphrase);
    }

    /// <summary>Reads what an image is, for work that leaves what lies below it alone.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.InvalidPassphrase"/></exception>
    public static async Task<SourceImage> OpenAloneAsync(string path, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        DiskFile.RequireFile(path);
        return Open(await DiskReader.ReadAsync(path, null, feedback, cancellation).ConfigureAwait(false), passphrase);
    }

    /// <summary>Its content is read: nobody may write to it or to what lies below it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskLocked"/></exception>
    public void RequireQuiet()
    {
        foreach (var image in Disk.Chain.Prepend(Disk).Where(image => File.Exists(image.Path))) DiskFile.RequireNoWriter(image.Path);
    }

    /// <summary>It will be written to: nobody may have it open, and this user has to be allowed to.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskLocked"/></exception>
    public void RequireOurs()
    {
        DiskFile.RequireUnlocked(Disk.Path);
        RequireQuiet();
    }

    /// <inheritdoc/>
    public void Dispose() => _secret?.Dispose();

    private static SourceImage Open(QemuDisk disk, SecureString? passphrase)
    {
        if (disk.IsEncrypted && passphrase is null) throw new QemuException(ErrorId.InvalidPassphrase, $"'{disk.Path}' is encrypted.", "Give its -Passphrase: (Get-Credential).Password");
        return new SourceImage(disk, passphrase);
    }
}
