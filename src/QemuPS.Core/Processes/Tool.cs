using System.Text;
using CliWrap;
using CliWrap.Buffered;

namespace QemuPS.Processes;

/// <summary>A program on this host, found on the PATH.</summary>
public sealed class Tool
{
    private static readonly string[] AdministratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    private static readonly Dictionary<string, string> PackageOf = new(StringComparer.Ordinal)
    {
        ["qemu-img"] = "qemu-utils",
        ["qemu-nbd"] = "qemu-utils",
        ["qemu-system-x86_64"] = "qemu-system-x86",
        ["qemu-system-i386"] = "qemu-system-x86",
        ["qemu-system-aarch64"] = "qemu-system-arm",
        ["qemu-system-arm"] = "qemu-system-arm",
        ["udevadm"] = "udev",
    };

    private Tool(string name, string path)
    {
        Name = name;
        Path = path;
    }

    /// <summary>The program's name: <c>qemu-img</c>.</summary>
    public string Name { get; }

    /// <summary>Where it was found.</summary>
    public string Path { get; }

    /// <summary>Finds a program on the PATH and in the administrator's folders.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/>, with the package to install.</exception>
    public static Tool Find(string name) => TryFind(name) ?? throw NotFound(name);

    /// <summary>Finds a program, or returns null.</summary>
    public static Tool? TryFind(string name)
    {
        foreach (var folder in Folders())
        {
            var candidate = System.IO.Path.Combine(folder, name);
            if (IsExecutable(candidate)) return new Tool(name, candidate);
        }

        return null;
    }

    /// <summary>The programs whose names fit a pattern with <c>*</c>, each name once: the first on the PATH.</summary>
    public static IReadOnlyList<Tool> Named(string pattern) =>
        [.. Folders().Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern))
            .Where(IsExecutable)
            .Select(path => new Tool(System.IO.Path.GetFileName(path), path))
            .DistinctBy(tool => tool.Name)];

    /// <summary>Runs the program to its end and keeps what it printed. Cancelling kills it.</summary>
    /// <param name="arguments">The arguments, each as the program shall see it: no shell is involved.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="errorLine">Hears each line of its standard error as it comes.</param>
    /// <param name="outputLine">Hears each line of its standard output as it comes; a carriage return ends a line as well.</param>
    /// <param name="input">Writes to its standard input, which is closed when this returns; given up when the program ends before.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolTimeout"/> when the time is over.</exception>
    public async Task<ToolResult> RunAsync(
        IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellation, Action<string>? errorLine = null, Action<string>? outputLine = null, Func<Stream, CancellationToken, Task>? input = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            var result = await Cli.Wrap(Path)
                .WithArguments(arguments)
                // Messages are matched and quoted: they have to be the untranslated ones.
                .WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C"))
                .WithStandardInputPipe(input is null ? PipeSource.Null : PipeSource.Create(input))
                .WithValidation(CommandResultValidation.None)
                .WithStandardErrorPipe(errorLine is null ? PipeTarget.Null : PipeTarget.ToDelegate(errorLine, Encoding.UTF8))
                .WithStandardOutputPipe(outputLine is null ? PipeTarget.Null : PipeTarget.ToDelegate(outputLine, Encoding.UTF8))
                .ExecuteBufferedAsync(Encoding.UTF8, limit.Token)
                .ConfigureAwait(false);
            return new ToolResult(this, arguments, result.ExitCode, result.StandardOutput, result.StandardError);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new QemuException(ErrorId.ToolTimeout, $"'{Name}' did not end within {timeout.TotalSeconds:0} s and was stopped.");
        }
    }

    private static IEnumerable<string> Folders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(AdministratorFolders);

    private static bool IsExecutable(string path)
    {
        const UnixFileMode anyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & anyExecute) != 0;
    }

    private static QemuException NotFound(string name)
    {
        var action = PackageOf.TryGetValue(name, out var package)
            ? $"sudo apt-get install {package}"
            : $"Install the package that has '{name}'.";
        return new QemuException(ErrorId.ToolNotFound, $"'{name}' is not installed, or not on the PATH.", action);
    }
}
