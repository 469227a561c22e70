using System.Diagnostics.CodeAnalysis;
using QemuPS.Disks.Headers;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// Describes disk images from their headers, without a process; qemu-img is asked for what a header cannot tell.
/// Headers are untrusted input: whatever a file contains, what is thrown is a <see cref="QemuException"/>.
/// </summary>
public static class DiskReader
{
    // Deep enough for every chain that a machine could still open, and little enough to be read in a moment.
    private const int DeepestChain = 1000;

    /// <summary>Describes an image where its header alone says all of it. No process is started.</summary>
    /// <param name="path">The image's full path, or a name with a protocol.</param>
    /// <param name="format">The format by QEMU's name; null to tell it from the first bytes.</param>
    /// <param name="disk">The image.</param>
    /// <returns>False where qemu-img has to be asked.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.InvalidPath"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static bool TryReadHeader(string path, string? format, [NotNullWhen(true)] out QemuDisk? disk) =>
        (disk = ReadHeader(path, format, out _)) is not null;

    /// <summary>Describes an image, from its header or by qemu-img.</summary>
    /// <param name="name">The image's full path, or a name with a protocol that qemu-img knows.</param>
    /// <param name="format">The format by QEMU's name; null to tell it from the first bytes.</param>
    /// <param name="feedback">Hears why qemu-img is asked.</param>
    /// <param name="cancellation">Stops the tool.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.InvalidPath"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static async Task<QemuDisk> ReadAsync(string name, string? format, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        if (ReadHeader(name, format, out var reason) is { } disk) return disk;
        feedback.Verbose($"'{name}' is described by qemu-img, because {reason}.");
        return await QemuImg.Find().InfoAsync(name, format, cancellation).ConfigureAwait(false);
    }

    /// <summary>Describes an image and its backing images down to the last.</summary>
    /// <param name="name">The image's full path, or a name with a protocol that qemu-img knows.</param>
    /// <param name="feedback">Hears why qemu-img is asked, and where a chain cannot be followed.</param>
    /// <param name="cancellation">Stops the tool.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskInvalid"/> when the chain is broken, circular or endless; and those of <see cref="ReadAsync"/>.</exception>
    public static async Task<QemuDisk> ReadChainAsync(string name, IFeedback feedback, CancellationToken cancellation)
    {
        var disk = await ReadAsync(name, null, feedback, cancellation).ConfigureAwait(false);
        var seen = new HashSet<string> { IdentityOf(name) };
        var chain = new List<QemuDisk>();
        for (var last = disk; last.BackingPath is { } backing; last = chain[^1])
        {
            cancellation.ThrowIfCancellationRequested();
            if (ImageName.HasProtocol(backing))
            {
                // Whoever made the image chose the name: nothing is connected to because a header says so.
                feedback.Warning($"The backing chain of '{name}' goes on with '{backing}', which is not a file: it was not followed.");
                break;
            }

            if (!seen.Add(IdentityOf(backing))) throw Broken(name, $"it goes in a circle: '{last.Path}' has '{backing}' as its backing file again");
            if (chain.Count == DeepestChain) throw Broken(name, $"it is longer than {DeepestChain} images");
            chain.Add(await ReadLinkAsync(name, backing, last.BackingFormat, feedback, cancellation).ConfigureAwait(false));
        }

        return disk with { Chain = chain };
    }

    /// <summary>
    /// Throws when an image in a chain does not say of which format the one below it is: QEMU would guess it from bytes that a
    /// guest may have written, and such a guest could make it take any file of the host for its disk.
    /// </summary>
    /// <param name="path">The topmost image's full path.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskInvalid"/>; <see cref="ErrorId.DiskNotFound"/> and others when the chain cannot be read.</exception>
    public static void RequireNamedFormats(string path)
    {
        string? format = null;
        for (var depth = 0; depth <= DeepestChain && TryReadHeader(path, format, out var disk); depth++)
        {
            RequireNamedFormat(disk);
            if (disk.BackingPath is not { } backing || ImageName.HasProtocol(backing)) return;
            path = backing;
            format = disk.BackingFormat;
        }
    }

    /// <summary>The same for one image.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskInvalid"/></exception>
    internal static void RequireNamedFormat(QemuDisk disk)
    {
        if (disk.BackingPath is null || disk.BackingFormat is not null) return;
        throw new QemuException(
            ErrorId.DiskInvalid,
            $"'{disk.Path}' does not say of which format its backing image is, and QEMU would guess: a guest that has written to a raw image could make it take any file of the host for a disk.",
            $"Set-QemuDisk {ShellQuoting.PowerShell([disk.Path])} -BackingPath {ShellQuoting.PowerShell([disk.BackingPath])} -BackingFormat raw -Unsafe   # raw or what it really is");
    }

    private static async Task<QemuDisk> ReadLinkAsync(string name, string backing, string? format, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync(backing, format, feedback, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error)
        {
            throw new QemuException(error.Id, $"The backing chain of '{name}' is broken. {error.Message}", error.RecommendedAction, error);
        }
    }

    private static QemuException Broken(string name, string how) => new(ErrorId.DiskInvalid, $"The backing chain of '{name}' is broken: {how}.");

    // A file is the same under every name it has.
    private static string IdentityOf(string name)
    {
        try
        {
            if (ImageName.HasProtocol(name)) return name;
            var status = FileStatus.OfTarget(name);
            return $"{status.Device}:{status.Inode}";
        }
        catch (IOException)
        {
            // It is not there: reading it says so.
            return name;
        }
    }

    private static QemuDisk? ReadHeader(string path, string? format, out string? reason)
    {
        reason = ImageName.HasProtocol(path) ? "it is not a file" : null;
        if (reason is not null) return null;
        try
        {
            return DiskHeader.Read(path, format);
        }
        catch (HeaderInsufficientException insufficient)
        {
            reason = insufficient.Message;
            return null;
        }
    }
}
