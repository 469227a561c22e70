namespace QemuPS.Processes;

/// <summary>A QEMU that runs a machine, whoever started it, as its command line and the kernel describe it.</summary>
/// <param name="ProcessId">Its process id.</param>
/// <param name="CommandLine">The words it was started with, the program first.</param>
/// <param name="WorkingFolder">The folder that relative paths on its command line start from; null where the kernel does not tell this user.</param>
public sealed record QemuProcess(int ProcessId, IReadOnlyList<string> CommandLine, string? WorkingFolder)
{
    private const string UnixPrefix = "unix:";

    /// <summary>The program's name: <c>qemu-system-x86_64</c>.</summary>
    public string Program => ProgramOf(CommandLine);

    /// <summary>The machine's name (<c>-name</c>); null when it was given none.</summary>
    public string? Name => NameOf(CommandLine);

    /// <summary>The machine's identity (<c>-uuid</c>); null when it was given none.</summary>
    public Guid? Id => Guid.TryParse(Values("uuid").FirstOrDefault(), out var id) ? id : null;

    /// <summary>The UNIX sockets its QMP monitors were told to listen at, as full paths. That they are named does not say that they are there.</summary>
    public IReadOnlyList<string> QmpSockets => [.. QmpOptionSockets().Concat(MonitorSockets()).Select(FullPath).Distinct()];

    /// <summary>The file it logs to (<c>-D</c>); null when it was given none.</summary>
    public string? Log => Values("D").LastOrDefault() is { } log ? FullPath(log) : null;

    /// <summary>All that run on this host. Of other users' processes the kernel shows the command line, not the folder.</summary>
    public static IEnumerable<QemuProcess> All() => ProcessTable.All().Select(TryRead).OfType<QemuProcess>();

    /// <summary>The process of that number; null when there is none, or it is no QEMU that runs a machine.</summary>
    public static QemuProcess? TryRead(int processId)
    {
        var words = ProcessTable.CommandLine(processId);
        if (words.Count == 0 || !IsQemu(ProgramOf(words)) || ProcessStatus.TryRead(processId) is null) return null;
        return new QemuProcess(processId, words, WorkingFolderOf(processId));
    }

    /// <summary>The name that a command line gives its machine; null when it gives none.</summary>
    public static string? NameOf(IReadOnlyList<string> commandLine) =>
        Values(commandLine, "name").LastOrDefault() is { Length: > 0 } value ? OptionValue(value, "guest") ?? FirstPart(value) : null;

    /// <summary>Whether the command line has an option.</summary>
    /// <param name="option">The option without its dash.</param>
    public bool Has(string option) => CommandLine.Any(word => IsOption(word, option));

    /// <summary>The values of an option, in order.</summary>
    /// <param name="option">The option without its dash.</param>
    public IEnumerable<string> Values(string option) => Values(CommandLine, option);

    private static IEnumerable<string> Values(IReadOnlyList<string> words, string option)
    {
        for (var i = 1; i + 1 < words.Count; i++)
        {
            if (IsOption(words[i], option)) yield return words[i + 1];
        }
    }

    // QEMU takes both -name and --name.
    private static bool IsOption(string word, string option) => word == "-" + option || word == "--" + option;

    private static bool IsQemu(string program) => program.StartsWith("qemu-system-", StringComparison.Ordinal) || program is "qemu-kvm" or "kvm";

    private static string ProgramOf(IReadOnlyList<string> words) => words.Count == 0 ? "" : Path.GetFileName(words[0]);

    private static string? WorkingFolderOf(int processId)
    {
        try
        {
            return new DirectoryInfo($"/proc/{processId}/cwd").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // -qmp unix:PATH,server=on,wait=off
    private IEnumerable<string> QmpOptionSockets() =>
        from value in Values("qmp").Concat(Values("qmp-pretty"))
        where value.StartsWith(UnixPrefix, StringComparison.Ordinal)
        select FirstPart(value[UnixPrefix.Length..]);

    // -chardev socket,id=ID,path=PATH -mon chardev=ID,mode=control; -mon [chardev=]ID
    private IEnumerable<string> MonitorSockets() =>
        from monitor in Values("mon")
        where OptionValue(monitor, "mode") == "control"
        let id = OptionValue(monitor, "chardev") ?? FirstPart(monitor)
        from chardev in Values("chardev")
        where OptionValue(chardev, "id") == id && OptionValue(chardev, "path") is not null
        select OptionValue(chardev, "path");

    private string FullPath(string path) => Path.IsPathRooted(path) || WorkingFolder is null ? path : Path.GetFullPath(path, WorkingFolder);

    private static string? OptionValue(string options, string key) =>
        Parts(options).FirstOrDefault(part => part.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..];

    private static string FirstPart(string options) => Parts(options).First();

    // A comma inside a value is doubled.
    private static IEnumerable<string> Parts(string options)
    {
        const string placeholder = "\0";
        return options.Replace(",,", placeholder, StringComparison.Ordinal).Split(',').Select(part => part.Replace(placeholder, ",", StringComparison.Ordinal));
    }
}
