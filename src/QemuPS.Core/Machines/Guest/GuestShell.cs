using System.Globalization;

namespace QemuPS.Machines;

/// <summary>
/// What has to be done to a guest's files and the agent has no command for: programs that are in every guest of the kind. A path
/// with a drive or a backslash is one of Windows, any other one of everybody else.
/// </summary>
internal sealed class GuestShell
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly AgentSession _agent;
    private readonly string _vmName;
    private readonly bool _isWindows;

    private GuestShell(AgentSession agent, string vmName, bool isWindows)
    {
        _agent = agent;
        _vmName = vmName;
        _isWindows = isWindows;
    }

    /// <summary>It, or null where the agent may not run programs.</summary>
    public static async Task<GuestShell?> FindAsync(AgentSession agent, string vmName, string path, CancellationToken cancellation)
    {
        var about = await agent.ExecuteAsync("guest-info", null, cancellation).ConfigureAwait(false);
        var mayRun = about.Items("supported_commands").Any(command => command.Text("name") == "guest-exec" && command.Flag("enabled"));
        return mayRun ? new GuestShell(agent, vmName, IsOfWindows(path)) : null;
    }

    public static char SeparatorOf(string path) => IsOfWindows(path) ? '\\' : '/';

    public static string FileNameOf(string path) => path[(path.LastIndexOfAny(IsOfWindows(path) ? ['\\', '/'] : ['/']) + 1)..];

    public async Task<bool> IsFolderAsync(string path, CancellationToken cancellation)
    {
        var result = _isWindows
            ? await RunAsync("cmd.exe", ["/c", "if", "exist", path + @"\", "(exit 0)", "else", "(exit 1)"], cancellation).ConfigureAwait(false)
            : await RunAsync("test", ["-d", path], cancellation).ConfigureAwait(false);
        return result.ExitCode == 0;
    }

    public async Task RenameAsync(string path, string newPath, CancellationToken cancellation) => Require(
        _isWindows
            ? await RunAsync("cmd.exe", ["/c", "move", "/y", path, newPath], cancellation).ConfigureAwait(false)
            : await RunAsync("mv", ["-f", "--", path, newPath], cancellation).ConfigureAwait(false));

    /// <summary>Takes from others what the file's owner here did not give them.</summary>
    public async Task SetModeAsync(string path, UnixFileMode mode, CancellationToken cancellation)
    {
        if (_isWindows) return;
        Require(await RunAsync("chmod", [Convert.ToString((int)mode & 0x1ff, 8), path], cancellation).ConfigureAwait(false));
    }

    public async Task RemoveAsync(string path, CancellationToken cancellation) => Require(
        _isWindows
            ? await RunAsync("cmd.exe", ["/c", "del", "/q", path], cancellation).ConfigureAwait(false)
            : await RunAsync("rm", ["-f", "--", path], cancellation).ConfigureAwait(false));

    /// <summary>SHA-256 of a file, computed in the guest; null where nothing there can.</summary>
    public async Task<byte[]?> TryHashAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var result = _isWindows
                ? await RunAsync("certutil.exe", ["-hashfile", path, "SHA256"], cancellation).ConfigureAwait(false)
                : await RunAsync("sha256sum", ["--", path], cancellation).ConfigureAwait(false);
            return result.ExitCode == 0 ? FindHash(result.StandardOutput) : null;
        }
        catch (QemuException error) when (error.Id == ErrorId.GuestAgentCommandFailed)
        {
            // There is no such program.
            return null;
        }
    }

    // Of sha256sum the first word, after a backslash where the name has odd characters; of certutil a line of its own, in older versions with blanks.
    internal static byte[]? FindHash(string output)
    {
        const int digits = 64;
        foreach (var line in output.Split('\n'))
        {
            var text = line.Trim().TrimStart('\\');
            var word = text.Split(' ')[0].Length == digits ? text.Split(' ')[0] : text.Replace(" ", "", StringComparison.Ordinal);
            if (word.Length == digits && word.All(char.IsAsciiHexDigit)) return Convert.FromHexString(word);
        }

        return null;
    }

    private static bool IsOfWindows(string path) => path.Contains('\\', StringComparison.Ordinal) || path is [_, ':', ..];

    private Task<QemuGuestCommandResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        GuestCommand.RunAsync(_agent, _vmName, new GuestCommandRequest(program, arguments) { Timeout = Patience }, cancellation);

    private static void Require(QemuGuestCommandResult result)
    {
        if (result.ExitCode == 0) return;
        var words = string.Create(CultureInfo.InvariantCulture, $"{result.StandardError.Trim()}{(result.TimedOut ? " (it did not end in time)" : "")}");
        throw new QemuException(ErrorId.GuestAgentCommandFailed, $"'{result.FilePath}' failed in the guest of '{result.VmName}': {words}");
    }
}
