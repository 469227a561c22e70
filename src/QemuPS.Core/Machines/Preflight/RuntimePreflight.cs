using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The folder that the machine runs in.</summary>
internal static class RuntimePreflight
{
    private const string Category = "Runtime";
    private const ulong LittleSpace = 1 << 20;

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        const string name = "Runtime folder";
        var folder = subject.Machine.Folder;
        yield return FindFault(folder) is { } fault ? PreflightFinding.Fail(Category, name, fault) : PreflightFinding.Pass(Category, name, $"'{folder.Path}'.");

        var free = FreeSpace.At(Existing(folder.Path));
        yield return free >= LittleSpace
            ? PreflightFinding.Pass(Category, "Room for the log", $"{SizeText.From(free)} are free.")
            : PreflightFinding.Fail(Category, "Room for the log", ErrorId.InsufficientSpace, $"'{folder.Path}' has {SizeText.From(free)} left for sockets and the log.", "Make room.", $"df -h {ShellQuoting.Bash([Existing(folder.Path)])}");
    }

    private static QemuException? FindFault(RuntimeFolder folder)
    {
        try
        {
            folder.Require();
            return null;
        }
        catch (QemuException error)
        {
            return error;
        }
    }

    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
