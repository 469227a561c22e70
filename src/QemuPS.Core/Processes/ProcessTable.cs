using System.Globalization;
using System.Text;

namespace QemuPS.Processes;

/// <summary>The running processes as /proc shows them (proc(5)).</summary>
public static class ProcessTable
{
    /// <summary>The ids of all processes that this user can see.</summary>
    public static IEnumerable<int> All() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where char.IsAsciiDigit(name[0])
        select int.Parse(name, CultureInfo.InvariantCulture);

    /// <summary>The arguments a process was started with, or an empty list when it has gone.</summary>
    public static IReadOnlyList<string> CommandLine(int processId)
    {
        try
        {
            var text = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/cmdline"));
            return text.TrimEnd('\0').Split('\0');
        }
        catch (Exception error) when (HasGone(error))
        {
            return [];
        }
    }

    /// <summary>The processes that hold an open file description lock on a file (fcntl_locking(2)), found by their descriptors.</summary>
    /// <param name="path">The file's full path, links resolved.</param>
    /// <remarks>Descriptors of other users' processes are seen by root alone.</remarks>
    public static IEnumerable<int> LockersOf(string path) => All().Where(id => HasLocked(id, path));

    /// <summary>A process has one of some things open, by what its descriptors lead to: a path, <c>socket:[INODE]</c>.</summary>
    /// <remarks>Descriptors of other users' processes are seen by root alone.</remarks>
    public static bool HasOpen(int processId, IReadOnlySet<string> targets)
    {
        try
        {
            return new DirectoryInfo($"/proc/{processId}/fd").EnumerateFiles().Any(descriptor => descriptor.LinkTarget is { } target && targets.Contains(target));
        }
        catch (Exception error) when (HasGone(error))
        {
            return false;
        }
    }

    private static bool HasLocked(int processId, string path)
    {
        try
        {
            return new DirectoryInfo($"/proc/{processId}/fd").EnumerateFiles()
                .Any(descriptor => descriptor.LinkTarget == path && HasLock(processId, descriptor.Name));
        }
        catch (Exception error) when (HasGone(error))
        {
            return false;
        }
    }

    // The runtime of .NET takes a flock on every file it opens: such a lock says nothing about QEMU.
    private static bool HasLock(int processId, string descriptor) =>
        File.ReadLines($"/proc/{processId}/fdinfo/{descriptor}").Any(line => line.StartsWith("lock:", StringComparison.Ordinal) && line.Contains(" OFDLCK ", StringComparison.Ordinal));

    // A process may end, or belong to somebody else, between the listing and the look.
    private static bool HasGone(Exception error) => error is IOException or UnauthorizedAccessException;
}
