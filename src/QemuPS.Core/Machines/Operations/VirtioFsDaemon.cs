using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// virtiofsd, one process for each folder that is shared by virtiofs. It listens before QEMU is started, and ends when QEMU
/// ends its connection. There are two: QEMU's own in C, up to version 7.2, and the one in Rust that took its place.
/// </summary>
internal static class VirtioFsDaemon
{
    private const string Program = "virtiofsd";
    private const string Listens = "Waiting for vhost-user socket connection";
    private const string Ended = "virtiofsd ended with exit code";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // The C one cannot share read-only, but needs root in any case, who can: a mount of its own, seen by nobody else.
    private const string ReadOnlyMount = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && ";

    // In a session of its own, without the pipes to this process. The shell stays to tell that it has ended, for the log is all that is seen of it.
    private const string Run = "exec </dev/null >\"$0\" 2>&1; {0}{ shift; \"$@\"; }; echo \"" + Ended + " $?\"";

    /// <summary>The machine with every folder's type decided.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.NotSupported"/> where virtiofs was asked for by name and cannot be.</exception>
    public static async Task<VmDefinition> DecideAsync(VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        if (definition.SharedFolders.All(share => share.Type == VmSharedFolderType.NineP)) return definition;
        var obstacle = await FindObstacleAsync(cancellation).ConfigureAwait(false);
        return definition with { SharedFolders = [.. definition.SharedFolders.Select(share => Decide(definition, share, obstacle, feedback))] };
    }

    /// <summary>Starts them for a machine whose folders' types are decided. When this returns, they listen.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmStartFailed"/> with virtiofsd's words.</exception>
    public static async Task StartAsync(Machine machine, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        foreach (var (share, index) in definition.SharedFolders.Select((share, index) => (share, index)).Where(each => each.share.Type == VmSharedFolderType.VirtioFs))
        {
            feedback.Verbose($"'{machine.Name}': starting virtiofsd for {share}.");
            await StartAsync(machine, share, index, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Ends those whose QEMU never came.</summary>
    public static void Stop(Machine machine)
    {
        foreach (var id in ProcessTable.All().Where(id => IsOf(machine, id)))
        {
            using var process = ProcessHandle.TryOpen(id);
            // The number may be somebody else's by now.
            if (process is not null && IsOf(machine, id)) process.Terminate();
        }
    }

    private static VmSharedFolder Decide(VmDefinition definition, VmSharedFolder share, QemuException? obstacle, IFeedback feedback)
    {
        if (share.Type == VmSharedFolderType.NineP) return share;
        if (obstacle is null) return share with { Type = VmSharedFolderType.VirtioFs };
        if (share.Type == VmSharedFolderType.VirtioFs) throw new QemuException(obstacle.Id, $"'{share.Path}' cannot be shared by virtiofs: {obstacle.Message}", obstacle.RecommendedAction ?? By9P(definition.Name, share));
        feedback.Verbose($"'{definition.Name}': '{share.Tag}' is shared by 9p: {obstacle.Message}");
        return share with { Type = VmSharedFolderType.NineP };
    }

    private static string By9P(string vmName, VmSharedFolder share) =>
        $"Remove-QemuVmSharedFolder {ShellQuoting.PowerShell(vmName)} {share.Tag}; Add-QemuVmSharedFolder {ShellQuoting.PowerShell(vmName)} {ShellQuoting.PowerShell(share.Path)} -Tag {share.Tag} -Type NineP{(share.ReadOnly ? "" : " -Writable")}";

    private static async Task<QemuException?> FindObstacleAsync(CancellationToken cancellation)
    {
        if (HelperPrograms.Find(Program) is not { } path) return new QemuException(ErrorId.ToolNotFound, "virtiofsd is not installed.", "sudo apt-get install virtiofsd");
        if (FileStatus.CurrentUserId == 0 || !await IsInCAsync(path, cancellation).ConfigureAwait(false)) return null;
        return new QemuException(ErrorId.NotSupported, $"'{path}' is the virtiofsd that QEMU had up to 7.2, and only root can run it.");
    }

    private static async Task StartAsync(Machine machine, VmSharedFolder share, int index, CancellationToken cancellation)
    {
        var path = HelperPrograms.Find(Program)!;
        var isInC = await IsInCAsync(path, cancellation).ConfigureAwait(false);
        var log = machine.Folder.SharedFolderLog(index);
        var socket = machine.Folder.SharedFolderSocket(index);
        File.Delete(socket);
        await File.WriteAllBytesAsync(log, [], cancellation).ConfigureAwait(false);
        File.SetUnixFileMode(log, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var changes = new FileChanges(machine.Folder.Path, Path.GetFileName(log));
        string[] command = isInC
            ? [path, $"--socket-path={socket}", "-o", "source=" + share.Path, "-o", "xattr"]
            : [path, $"--socket-path={socket}", $"--shared-dir={share.Path}", "--xattr", .. share.ReadOnly ? (string[])["--readonly"] : []];
        var needsMount = isInC && share.ReadOnly;
        string[] apart = needsMount ? ["unshare", "--mount", "--propagation", "private"] : [];
        var script = Run.Replace("{0}", needsMount ? ReadOnlyMount : "", StringComparison.Ordinal);
        var result = await Tool.Find("setsid").RunAsync(["--fork", .. apart, "sh", "-c", script, log, share.Path, .. command], Patience, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw result.ToException(ErrorId.VmStartFailed);
        await UntilItListensAsync(machine, share, log, changes, cancellation).ConfigureAwait(false);
    }

    private static async Task UntilItListensAsync(Machine machine, VmSharedFolder share, string log, FileChanges changes, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        while (true)
        {
            var said = await File.ReadAllTextAsync(log, cancellation).ConfigureAwait(false);
            if (said.Contains(Ended, StringComparison.Ordinal)) throw Failed(machine, share, said);
            if (said.Contains(Listens, StringComparison.Ordinal)) return;
            try
            {
                await changes.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw Failed(machine, share, said);
            }
        }
    }

    private static QemuException Failed(Machine machine, VmSharedFolder share, string said) =>
        new(ErrorId.VmStartFailed, $"virtiofsd does not share '{share.Path}': {said.Trim()}", By9P(machine.Name, share));

    // "virtiofsd version 7.2.22 (Debian ...)" and "using FUSE kernel interface version" of the one, "virtiofsd 1.13.0" of the other.
    private static async Task<bool> IsInCAsync(string path, CancellationToken cancellation)
    {
        var result = await Tool.Find(path).RunAsync(["--version"], Patience, cancellation).ConfigureAwait(false);
        return $"{result.StandardOutput}{result.StandardError}".Contains("FUSE kernel interface", StringComparison.Ordinal);
    }

    private static bool IsOf(Machine machine, int id) =>
        ProcessTable.CommandLine(id) is [var program, ..] words && Path.GetFileName(program) == Program && words.Any(word => word.StartsWith($"--socket-path={machine.Folder.Path}/", StringComparison.Ordinal));
}
