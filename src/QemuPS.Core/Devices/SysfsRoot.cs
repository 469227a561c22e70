using System.Collections.Concurrent;
using QemuPS.Processes;

namespace QemuPS.Devices;

/// <summary>
/// The folder that /sys, /proc, /dev, /run/udev and /etc are read from, and the only door to them: the host's
/// own root, or a recorded host's folder. Paths given to it and returned by it are the host's (<c>/sys/...</c>).
/// Nothing here throws because a file is missing, may not be read or goes away meanwhile.
/// </summary>
public sealed class SysfsRoot
{
    /// <summary>The environment variable that names a recorded host's folder.</summary>
    public const string Variable = "QEMUPS_ROOT";

    // What Linux allows in one path (path_resolution(7)).
    private const int MostLinks = 40;

    private const int LongestAttribute = 4096;

    // Folders on the way to others that were seen to be no links. Devices come and go, the tree above them stays.
    private readonly ConcurrentDictionary<string, bool> _plainFolders = new();

    /// <summary>Reads below a folder.</summary>
    /// <param name="folder"><c>/</c> for this host, or a recorded host's folder.</param>
    public SysfsRoot(string folder = "/")
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = System.IO.Path.GetFullPath(folder);
        IsThisHost = Folder == "/";
        Prefix = IsThisHost ? "" : Folder.TrimEnd('/');
    }

    /// <summary>The folder that is read from.</summary>
    public string Folder { get; }

    /// <summary>It is the host we run on, not a recorded one.</summary>
    public bool IsThisHost { get; }

    internal string Prefix { get; }

    /// <summary>This host, or the one that <c>QEMUPS_ROOT</c> names.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/> when the variable names no folder.</exception>
    public static SysfsRoot FromEnvironment()
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder)) return new SysfsRoot();
        if (Directory.Exists(folder)) return new SysfsRoot(folder);
        throw new QemuException(
            ErrorId.DirectoryNotFound,
            $"{Variable} names '{folder}', which is not a folder.",
            $"Set {Variable} to the full path of a recorded host, or remove it to see this host.");
    }

    /// <summary>A file's text without the newline at its end, cleaned of what could steer a terminal; null where it cannot be read.</summary>
    public string? ReadText(string path)
    {
        Span<byte> buffer = stackalloc byte[LongestAttribute];
        var length = Resolve(path) is { } real ? KernelFile.Read(Prefix + real, followLink: true, buffer) : -1;
        return length < 0 ? null : DeviceText.Clean(buffer[..length]);
    }

    /// <summary>A file's bytes; null where it cannot be read.</summary>
    public byte[]? ReadBytes(string path) => ReadBytes(path, out _);

    /// <summary>The names in a folder in the order of their bytes; none where it cannot be read.</summary>
    public IReadOnlyList<string> List(string path)
    {
        try
        {
            // That it is missing is an everyday answer, and an exception would cost more than all the reading.
            var folder = new DirectoryInfo(Prefix + (Resolve(path) ?? path));
            if (!folder.Exists) return [];
            var names = folder.EnumerateFileSystemInfos().Select(entry => entry.Name).ToArray();
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A file or folder is there.</summary>
    public bool Exists(string path) => Resolve(path) is { } real && System.IO.Path.Exists(Prefix + real);

    /// <summary>Whose a file is and which one; null where there is none.</summary>
    public FileStatus? Status(string path) => Resolve(path) is { } real ? FileStatus.Find(Prefix + real) : null;

    /// <summary>This user may open the file for reading and writing, by the kernel's own word.</summary>
    public bool CanReadWrite(string path) => Resolve(path) is { } real && KernelFile.CanReadWrite(Prefix + real);

    /// <summary>Opens a device's node for reading and writing.</summary>
    /// <exception cref="IOException">It is not there, or the device does not answer.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    internal Microsoft.Win32.SafeHandles.SafeFileHandle OpenNode(string path) =>
        File.OpenHandle(Prefix + (Resolve(path) ?? path), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>A folder with its links resolved, to read many attributes of; null where it is none.</summary>
    public SysfsFolder? Open(string path) =>
        Resolve(path) is { } real && Directory.Exists(Prefix + real) ? new SysfsFolder(this, real) : null;

    /// <summary>
    /// The path without links. A link never leads out of a recorded host: an absolute one starts at its root.
    /// Null where links go in circles; the path need not exist.
    /// </summary>
    public string? Resolve(string path)
    {
        var rest = new Stack<string>();
        var links = 0;
        var current = "";
        Push(rest, path);
        while (rest.TryPop(out var name))
        {
            if (name == "..")
            {
                current = current[..Math.Max(0, current.LastIndexOf('/'))];
                continue;
            }

            var next = $"{current}/{name}";
            if (_plainFolders.ContainsKey(next) || KernelFile.ReadLink(Prefix + next) is not { } target)
            {
                if (rest.Count > 0) _plainFolders.TryAdd(next, true);
                current = next;
                continue;
            }

            if (++links > MostLinks) return null;
            if (target.StartsWith('/')) current = "";
            Push(rest, target);
        }

        return current.Length == 0 ? "/" : current;
    }

    internal byte[]? ReadBytes(string path, out int error)
    {
        error = 0;
        return Resolve(path) is { } real ? KernelFile.ReadAll(Prefix + real, out error) : null;
    }

    private static void Push(Stack<string> rest, string path)
    {
        var names = path.Split('/');
        for (var i = names.Length - 1; i >= 0; i--)
        {
            if (names[i] is not ("" or ".")) rest.Push(names[i]);
        }
    }
}
