using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// The <c>qemu-img</c> program (https://www.qemu.org/docs/master/tools/qemu-img.html). Paths given to it are full
/// paths, so that no part of a name is taken for a protocol or an option.
/// </summary>
public sealed class QemuImg(Tool tool)
{
    private static readonly TimeSpan InfoTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Finds the program.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/></exception>
    public static QemuImg Find() => new(Tool.Find("qemu-img"));

    /// <summary>Describes an image, also one that is in use.</summary>
    /// <param name="name">The image's full path, or a name with a protocol.</param>
    /// <param name="format">The format by QEMU's name; null to have it probed.</param>
    /// <param name="cancellation">Stops the tool.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public async Task<QemuDisk> InfoAsync(string name, string? format, CancellationToken cancellation)
    {
        if (!ImageName.HasProtocol(name)) DiskFile.RequireFile(name);
        // -U: reading what an image is must work while a machine has it open.
        string[] arguments = format is null ? ["info", "--output=json", "-U", name] : ["info", "--output=json", "-U", "-f", format, name];
        var result = await tool.RunAsync(arguments, InfoTimeout, cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? DiskInfo.Parse(name, result.StandardOutput) : throw InfoFailure(name, result);
    }

    /// <summary>Creates an image. It is there complete, or not at all.</summary>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidSize"/>,
    /// <see cref="ErrorId.DiskLocked"/> (somebody writes to the backing image, or holds the image to be replaced),
    /// <see cref="ErrorId.InvalidOption"/> with qemu-img's words.
    /// </exception>
    public async Task<QemuDisk> CreateAsync(DiskCreation creation, CancellationToken cancellation)
    {
        RequireCreatable(creation);
        var target = new NewFile(creation.Path, creation.Overwrite);
        try
        {
            // A VMDK image has its own file name written in it: it has to be made under the name it keeps.
            if (creation.Format == DiskFormat.Vmdk) target.WriteInPlace();
            var result = await tool.RunAsync(creation.ToArguments(target.WorkPath), Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            if (result.ExitCode != 0) throw CreateFailure(creation, target.Named(result));
            target.Keep();
        }
        finally
        {
            target.Dispose();
        }

        return await DiskReader.ReadAsync(creation.Path, creation.Format.ToQemuName(), NoFeedback.Instance, cancellation).ConfigureAwait(false);
    }

    /// <summary>The command that <see cref="CreateAsync"/> would run, to be shown.</summary>
    public string Describe(DiskCreation creation) => ShellQuoting.Bash([tool.Name, .. creation.ToArguments(creation.Path)]);

    private static void RequireCreatable(DiskCreation creation)
    {
        var folder = Path.GetDirectoryName(creation.Path);
        if (!Directory.Exists(folder))
        {
            throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{folder}' does not exist.", $"mkdir -p {ShellQuoting.Bash(folder ?? "")}");
        }

        if (Directory.Exists(creation.Path)) throw new QemuException(ErrorId.InvalidPath, $"'{creation.Path}' is a folder.");
        if (File.Exists(creation.Path)) RequireReplaceable(creation);
        if (creation.SizeBytes is 0 or > long.MaxValue)
        {
            throw new QemuException(ErrorId.InvalidSize, $"A disk cannot have {creation.SizeBytes} bytes: give a size between 1 byte and 8 EiB.");
        }

        if (creation.BackingPath is { } backing) RequireBacking(backing);
    }

    private static void RequireReplaceable(DiskCreation creation)
    {
        if (!creation.Overwrite)
        {
            throw new QemuException(ErrorId.DiskExists, $"'{creation.Path}' exists already.", "Use -Force to replace it, or another path.");
        }

        if (ImageLocks.FindHolder(creation.Path) is { } holder)
        {
            throw new QemuException(ErrorId.DiskLocked, $"'{creation.Path}' is in use by {holder} and cannot be replaced.");
        }
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

    private static QemuException InfoFailure(string path, ToolResult result)
    {
        if (result.StandardError.Contains("Permission denied", StringComparison.Ordinal))
        {
            return new QemuException(ErrorId.AccessDenied, $"You may not read '{path}': {result.ErrorText}");
        }

        return result.ToException(ErrorId.DiskInvalid);
    }

    private static QemuException CreateFailure(DiskCreation creation, ToolResult result)
    {
        var words = result.StandardError;
        if (words.Contains("No space left", StringComparison.Ordinal)) return result.ToException(ErrorId.FileSystemError);
        if (words.Contains("Permission denied", StringComparison.Ordinal)) return result.ToException(ErrorId.AccessDenied);
        if (words.Contains("too large", StringComparison.OrdinalIgnoreCase) || words.Contains("image size", StringComparison.OrdinalIgnoreCase))
        {
            return new QemuException(
                ErrorId.InvalidSize,
                $"A {creation.Format.ToQemuName()} disk cannot have {creation.SizeBytes} bytes. {result.Tool.Name}: {result.ErrorText}");
        }

        return result.ToException(ErrorId.InvalidOption);
    }
}
