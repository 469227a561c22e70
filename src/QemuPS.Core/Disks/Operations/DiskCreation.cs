using System.Globalization;
using System.Security;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>What a new image shall be, and its making.</summary>
public sealed record DiskCreation
{
    private const string SecretId = "passphrase";

    /// <summary>The new file's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The size a guest sees, in bytes; null to take the backing image's.</summary>
    public ulong? SizeBytes { get; init; }

    /// <summary>The format.</summary>
    public required DiskFormat Format { get; init; }

    /// <summary>The image the new one is an overlay of.</summary>
    public string? BackingPath { get; init; }

    /// <summary>The backing image's format by QEMU's name. It is never guessed.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>How much is laid down at once.</summary>
    public DiskPreallocation Preallocation { get; init; }

    /// <summary>The unit of allocation in bytes; null for the format's default.</summary>
    public ulong? ClusterSizeBytes { get; init; }

    /// <summary>Further options of the format, as <c>qemu-img create -o</c> takes them.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Encrypts the image with LUKS (qcow2); null for an image that is not encrypted.</summary>
    public SecureString? Passphrase { get; init; }

    /// <summary>An image that exists is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The command that <see cref="RunAsync"/> would run, to be shown.</summary>
    public string Describe() => QemuImg.Find().Describe(ToArguments(Path));

    /// <summary>Creates the image. It is there complete, or not at all.</summary>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidSize"/>,
    /// <see cref="ErrorId.DiskLocked"/> (somebody writes to the backing image, or holds the image to be replaced),
    /// <see cref="ErrorId.InvalidOption"/> with qemu-img's words.
    /// </exception>
    public async Task<QemuDisk> RunAsync(CancellationToken cancellation)
    {
        RequireSense();
        using var secret = Disks.Passphrase.From(Passphrase, SecretId);
        using var target = new NewFile(Path, Overwrite, Format == DiskFormat.Vmdk);
        string[] arguments = ["create", .. secret?.Arguments ?? [], .. ToArguments(target.WorkPath).Skip(1)];
        var result = await QemuImg.Find().RunAsync(arguments, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw Failure(target.Named(result));
        target.Keep();
        return await DiskReader.ReadAsync(Path, Format.ToQemuName(), NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <summary>The arguments for qemu-img that create the image at a path.</summary>
    public IReadOnlyList<string> ToArguments(string path)
    {
        var arguments = new List<string> { "create", "-q", "-f", Format.ToQemuName() };
        arguments.AddRange(ImageOptions.ToArguments(AllOptions()));
        if (BackingPath is not null) arguments.AddRange(["-b", BackingPath, "-F", BackingFormat ?? throw new InvalidOperationException("A backing image needs its format.")]);
        arguments.Add(path);
        if (SizeBytes is { } size) arguments.Add(size.ToString(CultureInfo.InvariantCulture));
        return arguments;
    }

    private IEnumerable<KeyValuePair<string, string>> AllOptions()
    {
        if (ClusterSizeBytes is { } cluster) yield return new("cluster_size", cluster.ToString(CultureInfo.InvariantCulture));
        if (Preallocation != DiskPreallocation.Off) yield return new("preallocation", Preallocation.ToString().ToLowerInvariant());
        foreach (var option in Options) yield return option;
        if (Passphrase is null) yield break;
        foreach (var option in ImageOptions.Encryption(SecretId)) yield return option;
    }

    private void RequireSense()
    {
        DiskFile.RequireNew(Path, Overwrite);
        if (Passphrase is not null) ImageOptions.RequireEncryptable(Format);
        if (SizeBytes is 0 or > long.MaxValue)
        {
            throw new QemuException(ErrorId.InvalidSize, $"A disk cannot have {SizeBytes} bytes: give a size between 1 byte and 8 EiB.");
        }

        if (BackingPath is { } backing) RequireBacking(backing);
    }

    private static void RequireBacking(string backing)
    {
        DiskFile.RequireFile(backing);
        // qemu-img takes such a base without a word, and the overlay breaks with the first write to the base.
        if (ImageLocks.FindWriter(backing) is { } writer)
        {
            throw new QemuException(
                ErrorId.DiskLocked,
                $"'{backing}' is being written by {writer}: an overlay of it would be damaged by the next write.",
                "Stop the machine first, or take a snapshot of it.");
        }
    }

    private QemuException Failure(ToolResult result)
    {
        var words = result.StandardError;
        if (words.Contains("too large", StringComparison.OrdinalIgnoreCase) || words.Contains("image size", StringComparison.OrdinalIgnoreCase))
        {
            return new QemuException(ErrorId.InvalidSize, $"A {Format.ToQemuName()} disk cannot have {SizeBytes} bytes. {result.Tool.Name}: {result.ErrorText}");
        }

        return QemuImgFailure.From(result, Path, ErrorId.InvalidOption);
    }
}
