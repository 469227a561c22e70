using System.Globalization;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// Files that QEMU writes captured traffic to. What a guest says is for its owner alone, and QEMU lets everybody's group read what
/// it makes (net/dump.c: 0644, less its umask of 027): the file is there, and private, before QEMU opens it.
/// </summary>
internal static class CaptureFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Throws where no file can be at a path: no folder, or something that is no file. A pipe would stop QEMU until somebody reads.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidPath"/></exception>
    public static void RequirePlace(string path)
    {
        if (Path.GetDirectoryName(path) is not { } folder || !Directory.Exists(folder))
        {
            throw new QemuException(ErrorId.DirectoryNotFound, $"There is no folder for the capture '{path}'.", $"New-Item -ItemType Directory {ShellQuoting.PowerShell(Path.GetDirectoryName(path) ?? "/")}");
        }

        if (TypeOf(path) is { } type and not FileType.Regular) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is no file but a {type.ToString().ToLowerInvariant()}.", "Name a file that is to be made.");
    }

    /// <summary>Throws where a capture must not begin.</summary>
    /// <exception cref="QemuException">What <see cref="RequirePlace"/> throws, and <see cref="ErrorId.FileExists"/></exception>
    public static void RequireNew(string path, bool force)
    {
        RequirePlace(path);
        if (!force && TypeOf(path) is not null) throw Exists(path);
    }

    /// <summary>Makes the file, empty.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileExists"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static void Create(string path, bool force)
    {
        try
        {
            // An older file may be open to others: its mode is narrowed before anything is in it.
            using var file = new FileStream(path, new FileStreamOptions { Mode = force ? FileMode.Create : FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = Private });
            File.SetUnixFileMode(file.SafeFileHandle, Private);
        }
        catch (IOException) when (!force && File.Exists(path))
        {
            throw Exists(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot make the capture '{path}'", error);
        }
    }

    /// <summary>Makes the files of a machine that starts. What an earlier run captured is kept, with a number: <c>wire.pcap.1</c>.</summary>
    public static void Prepare(VmDefinition definition, IFeedback feedback)
    {
        foreach (var path in definition.NetworkAdapters.Select(adapter => adapter.CapturePath).OfType<string>())
        {
            RequirePlace(path);
            if (new FileInfo(path) is { Exists: true, Length: > 0 })
            {
                var kept = Enumerable.Range(1, int.MaxValue).Select(number => string.Create(CultureInfo.InvariantCulture, $"{path}.{number}")).First(name => !File.Exists(name));
                File.Move(path, kept);
                feedback.Verbose($"What was captured before is in '{kept}'.");
            }

            Create(path, force: true);
        }
    }

    private static FileType? TypeOf(string path)
    {
        if (FileStatus.Find(path) is not { Type: var type }) return null;
        if (type != FileType.Link) return type;
        try
        {
            return FileStatus.OfTarget(path).Type;
        }
        catch (IOException)
        {
            // It leads nowhere: a file would be made where nobody asked for one.
            return FileType.Link;
        }
    }

    private static QemuException Exists(string path) => new(ErrorId.FileExists, $"'{path}' exists, and QEMU would begin it anew.", "Choose another -CapturePath, or use -Force.");
}
