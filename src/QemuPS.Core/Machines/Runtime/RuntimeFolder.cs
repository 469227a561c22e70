using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// The folder of a running machine: pid file, sockets, log. It lies in <c>$XDG_RUNTIME_DIR/qemups</c>, or in
/// <c>/tmp/qemups-UID</c> where a session has none, and belongs to this user alone.
/// </summary>
public sealed class RuntimeFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int ReadableNameLength = 24;
    private const int LongestSocketPath = 107;

    private readonly string _root;

    /// <summary>The folder of one machine of a store. Nothing is created yet.</summary>
    public RuntimeFolder(VmStore store, string name)
    {
        _root = RootPath();
        Path = System.IO.Path.Combine(_root, ShortName(store.PathOf(name), name));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>QEMU's pid file. QEMU holds a lock on it as long as it lives.</summary>
    public string PidFile => In("pid");

    /// <summary>Whether it is there. That of a QEMU which was adopted is a link, which outlives the file.</summary>
    public bool HasPidFile => File.Exists(PidFile) && (new FileInfo(PidFile).LinkTarget is not { } target || File.Exists(target));

    /// <summary>The monitor for commands.</summary>
    public string QmpSocket => In("qmp.sock");

    /// <summary>The monitors for those who watch and wait: each serves one client at a time.</summary>
    public IReadOnlyList<string> EventsSockets => [In("events.sock"), In("events2.sock"), In("events3.sock"), In("events4.sock")];

    /// <summary>The monitor that is asked when the one for commands says nothing.</summary>
    public string EventsSocket => EventsSockets[0];

    /// <summary>All its monitors, the one for commands first.</summary>
    public IReadOnlyList<string> Monitors => [QmpSocket, EventsSocket];

    /// <summary>The first serial port.</summary>
    public string SerialSocket => In("serial.sock");

    /// <summary>Everything the guest has written to its first serial port since the machine was started.</summary>
    public string SerialLog => In("serial.log");

    /// <summary>The channel to the guest's agent, where the machine has one.</summary>
    public string AgentSocket => In("agent.sock");

    /// <summary>The display, where it has no port.</summary>
    public string DisplaySocket => In("display.sock");

    /// <summary>The machine's TPM.</summary>
    public string TpmSocket => In("tpm.sock");

    /// <summary>The pid file of the TPM's process.</summary>
    public string TpmPidFile => In("tpm.pid");

    /// <summary>What the TPM says.</summary>
    public string TpmLog => In("tpm.log");

    /// <summary>The socket of virtiofsd for a shared folder.</summary>
    /// <param name="index">Which of the machine's.</param>
    public string SharedFolderSocket(int index) => In(string.Create(CultureInfo.InvariantCulture, $"fs{index}.sock"));

    /// <summary>What virtiofsd says.</summary>
    /// <param name="index">For which of the machine's shared folders.</param>
    public string SharedFolderLog(int index) => In(string.Create(CultureInfo.InvariantCulture, $"fs{index}.log"));

    /// <summary>What the machine was started with.</summary>
    public string StartedDefinition => In("started.json");

    /// <summary>What QEMU says after it has started.</summary>
    public string Log => In("qemu.log");

    /// <summary>The lock around everything that changes the machine.</summary>
    public string LockFile => Path + ".lock";

    /// <summary>The folder above all machines' folders, created, owned by this user and closed to others.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.AccessDenied"/> when it belongs to somebody else.</exception>
    public static string EnsureRoot()
    {
        var root = RootPath();
        CreatePrivate(root);
        return root;
    }

    /// <summary>Creates the machine's folder.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidPath"/> when sockets cannot lie there, <see cref="ErrorId.AccessDenied"/>.</exception>
    public void Create()
    {
        RequireShortPaths();
        CreatePrivate(_root);
        CreatePrivate(Path);
    }

    /// <summary>Throws when a machine cannot run there; makes nothing.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidPath"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public void Require()
    {
        RequireShortPaths();
        foreach (var folder in new[] { _root, Path })
        {
            if (FileStatus.Find(folder) is not null) RequireOwn(folder);
        }
    }

    /// <summary>The pid files and sockets that are there. When no QEMU is alive, they are left from one that was.</summary>
    public IEnumerable<string> LeftBehind() =>
        Directory.Exists(Path)
            ? Directory.EnumerateFiles(Path).Where(file => file == PidFile || System.IO.Path.GetExtension(file) is ".pid" or ".sock").Order(StringComparer.Ordinal)
            : [];

    /// <summary>Removes what an ended QEMU left behind, but for its log.</summary>
    /// <remarks>Only for the holder of the machine's lock, when no QEMU is alive: QEMU itself leaves its sockets, and all of it when it is killed.</remarks>
    public void Sweep()
    {
        File.Delete(PidFile);
        File.Delete(TpmPidFile);
        foreach (var socket in Sockets) File.Delete(socket);
        if (Directory.Exists(Path)) foreach (var socket in Directory.EnumerateFiles(Path, "fs*.sock")) File.Delete(socket);
        new RuntimeMarks(this).Sweep();
    }

    /// <summary>Takes from others what QEMU's umask left them: with <c>-daemonize</c> that is 027, whatever ours is.</summary>
    public void CloseToOthers()
    {
        foreach (var file in new[] { Log, SerialLog, StartedDefinition }.Concat(Sockets).Where(File.Exists)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Removes the folder.</summary>
    public void Delete()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }

    private IEnumerable<string> Sockets => [QmpSocket, .. EventsSockets, SerialSocket, AgentSocket, DisplaySocket, TpmSocket];

    /// <summary>The folder above all machines' folders, whether or not it is there.</summary>
    public static string RootPath() =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } xdg && Directory.Exists(xdg)
            ? System.IO.Path.Combine(xdg, "qemups")
            : $"/tmp/qemups-{FileStatus.CurrentUserId}";

    private void RequireShortPaths()
    {
        var longest = EventsSockets[^1];
        if (Encoding.UTF8.GetByteCount(longest) > LongestSocketPath)
        {
            throw new QemuException(
                ErrorId.InvalidPath,
                $"'{longest}' is longer than the {LongestSocketPath} bytes that a socket's path can have (unix(7)).",
                "Set XDG_RUNTIME_DIR to a shorter folder.");
        }
    }

    private static void RequireOwn(string folder)
    {
        if (FileStatus.Find(folder) is { Type: FileType.Folder } status && status.UserId == FileStatus.CurrentUserId) return;
        throw new QemuException(ErrorId.AccessDenied, $"'{folder}' belongs to somebody else; machines cannot run in it.", $"sudo rm -r {ShellQuoting.Bash(folder)}");
    }

    private static void CreatePrivate(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // In /tmp anybody may have made it first: a link or a folder of somebody else would hand them the machine.
            RequireOwn(folder);
            if (File.GetUnixFileMode(folder) != OwnerOnly) File.SetUnixFileMode(folder, OwnerOnly);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot create '{folder}'", error);
        }
    }

    // Two stores may have a machine of the same name, and a socket's path has 107 bytes at most: a readable
    // beginning and a hash of the definition's path.
    private static string ShortName(string definition, string name)
    {
        var readable = string.Concat(name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-').Take(ReadableNameLength));
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(definition)), 0, 4).ToLowerInvariant();
        return $"{readable}-{hash}";
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
