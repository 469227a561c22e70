using System.Security.Cryptography;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// Copies files between this host and a guest, through the guest's agent. What arrives is compared with what was sent, and
/// takes its name only when it is whole.
/// </summary>
public sealed class GuestFileCopy
{
    private readonly Machine _machine;
    private readonly AgentSession _agent;
    private readonly IFeedback _feedback;
    private readonly bool _force;

    private GuestFileCopy(Machine machine, AgentSession agent, bool force, IFeedback feedback)
    {
        _machine = machine;
        _agent = agent;
        _force = force;
        _feedback = feedback;
    }

    /// <summary>Copies a file of this host into a guest.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="source">The file's full path here.</param>
    /// <param name="destination">The guest's path for it; a folder there takes it under its own name.</param>
    /// <param name="force">A file that is there is replaced.</param>
    /// <param name="feedback">Hears how far it is.</param>
    /// <param name="cancellation">Stops it; what has arrived is removed.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.FileExists"/>, <see cref="ErrorId.GuestFileMismatch"/>, and the errors of the agent.</exception>
    public static async Task ToGuestAsync(Machine machine, string source, string destination, bool force, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        await using var agent = new AgentSession(machine, AgentSession.UsualTimeout);
        await new GuestFileCopy(machine, agent, force, feedback).ToGuestAsync(source, destination, cancellation).ConfigureAwait(false);
    }

    /// <summary>Copies a file of a guest to this host.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="source">The guest's path of it.</param>
    /// <param name="destination">The full path for it here; a folder takes it under its own name.</param>
    /// <param name="force">A file that is there is replaced.</param>
    /// <param name="feedback">Hears how far it is.</param>
    /// <param name="cancellation">Stops it; what has arrived is removed.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.FileExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.GuestFileMismatch"/>, and the errors of the agent.</exception>
    /// <returns>Where it is.</returns>
    public static async Task<string> FromGuestAsync(Machine machine, string source, string destination, bool force, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        await using var agent = new AgentSession(machine, AgentSession.UsualTimeout);
        return await new GuestFileCopy(machine, agent, force, feedback).FromGuestAsync(source, destination, cancellation).ConfigureAwait(false);
    }

    private async Task ToGuestAsync(string source, string destination, CancellationToken cancellation)
    {
        if (!File.Exists(source)) throw new QemuException(Directory.Exists(source) ? ErrorId.InvalidPath : ErrorId.FileNotFound, $"There is no file '{source}'{(Directory.Exists(source) ? ", but a folder" : "")}.");
        await using var content = File.OpenRead(source);
        var shell = await GuestShell.FindAsync(_agent, _machine.Name, destination, cancellation).ConfigureAwait(false);
        var target = await NameInGuestAsync(shell, source, destination, cancellation).ConfigureAwait(false);
        if (!_force && await ExistsAsync(target, cancellation).ConfigureAwait(false)) throw Exists($"'{target}' in the guest of '{_machine.Name}'");
        if (shell is null) _feedback.Verbose($"The agent of '{_machine.Name}' may not run programs: '{target}' is written in place, and read back to be compared.");
        var partial = shell is null ? target : $"{target}.qemups-{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}.partial";
        try
        {
            var sent = await SendAsync(content, shell, partial, cancellation).ConfigureAwait(false);
            await RequireSameAsync(shell, partial, sent, $"'{target}' in the guest of '{_machine.Name}'", cancellation).ConfigureAwait(false);
            if (shell is not null) await shell.RenameAsync(partial, target, cancellation).ConfigureAwait(false);
        }
        catch when (shell is not null)
        {
            await RemoveAsync(shell, partial).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<byte[]> SendAsync(FileStream content, GuestShell? shell, string path, CancellationToken cancellation)
    {
        var progress = new Meter(_feedback, $"Copying {Path.GetFileName(content.Name)} into '{_machine.Name}'", content.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = await GuestFile.OpenAsync(_agent, path, "wb", cancellation).ConfigureAwait(false);
        // The agent makes files that everybody in the guest may write to (qga/commands-posix.c, DEFAULT_NEW_FILE_MODE).
        if (shell is not null) await shell.SetModeAsync(path, File.GetUnixFileMode(content.SafeFileHandle), cancellation).ConfigureAwait(false);
        var buffer = new byte[GuestFile.PieceSize];
        while (await content.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            var piece = buffer.AsMemory(0, count);
            hash.AppendData(piece.Span);
            await file.WriteAsync(piece, cancellation).ConfigureAwait(false);
            progress.Add(count);
        }

        progress.End();
        await file.CloseAsync(cancellation).ConfigureAwait(false);
        return hash.GetHashAndReset();
    }

    private async Task<string> FromGuestAsync(string source, string destination, CancellationToken cancellation)
    {
        var target = Directory.Exists(destination) ? Path.Combine(destination, GuestShell.FileNameOf(source)) : destination;
        if (!_force && File.Exists(target)) throw Exists($"'{target}'");
        if (Path.GetDirectoryName(target) is { } folder && !Directory.Exists(folder)) throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{folder}' is not there.", $"New-Item -ItemType Directory {ShellQuoting.PowerShell(folder)}");
        var shell = await GuestShell.FindAsync(_agent, _machine.Name, source, cancellation).ConfigureAwait(false);
        var partial = $"{target}.qemups-{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}.partial";
        try
        {
            var received = await ReceiveAsync(source, partial, cancellation).ConfigureAwait(false);
            await RequireSameAsync(shell, source, received, $"'{source}' in the guest of '{_machine.Name}'", cancellation).ConfigureAwait(false);
            File.Move(partial, target, overwrite: _force);
            return target;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task<byte[]> ReceiveAsync(string source, string path, CancellationToken cancellation)
    {
        await using var file = await GuestFile.OpenAsync(_agent, source, "rb", cancellation).ConfigureAwait(false);
        var progress = new Meter(_feedback, $"Copying {GuestShell.FileNameOf(source)} from '{_machine.Name}'", await file.LengthAsync(cancellation).ConfigureAwait(false));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await file.ReadAllAsync(
            async piece =>
            {
                hash.AppendData(piece.Span);
                await content.WriteAsync(piece, cancellation).ConfigureAwait(false);
                progress.Add(piece.Length);
            },
            cancellation).ConfigureAwait(false);
        progress.End();
        await file.CloseAsync(cancellation).ConfigureAwait(false);
        content.Flush(flushToDisk: true);
        return hash.GetHashAndReset();
    }

    private static async Task<string> NameInGuestAsync(GuestShell? shell, string source, string destination, CancellationToken cancellation)
    {
        var isFolder = destination[^1] is '/' or '\\' || (shell is not null && await shell.IsFolderAsync(destination, cancellation).ConfigureAwait(false));
        return isFolder ? $"{destination.TrimEnd('/', '\\')}{GuestShell.SeparatorOf(destination)}{Path.GetFileName(source)}" : destination;
    }

    private async Task<bool> ExistsAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var file = await GuestFile.OpenAsync(_agent, path, "rb", cancellation).ConfigureAwait(false);
            return true;
        }
        catch (QemuException error) when (error.Id == ErrorId.GuestAgentCommandFailed)
        {
            // What it may not read it will say again, and clearer, when it shall write.
            return false;
        }
    }

    private async Task RequireSameAsync(GuestShell? shell, string path, byte[] expected, string what, CancellationToken cancellation)
    {
        var found = shell is null ? null : await shell.TryHashAsync(path, cancellation).ConfigureAwait(false);
        _feedback.Verbose(found is null ? $"{what} is read back to be compared." : $"{what}: SHA-256 computed in the guest.");
        if (found is null)
        {
            await using var file = await GuestFile.OpenAsync(_agent, path, "rb", cancellation).ConfigureAwait(false);
            found = await file.HashAsync(cancellation).ConfigureAwait(false);
        }

        if (!found.AsSpan().SequenceEqual(expected)) throw new QemuException(ErrorId.GuestFileMismatch, $"{what} is not what was copied: something changed it meanwhile, or it was damaged on its way.");
    }

    private async Task RemoveAsync(GuestShell shell, string path)
    {
        try
        {
            await shell.RemoveAsync(path, CancellationToken.None).ConfigureAwait(false);
        }
        catch (QemuException error)
        {
            _feedback.Verbose($"'{path}' stays in the guest of '{_machine.Name}': {error.Message}");
        }
    }

    private static QemuException Exists(string what) => new(ErrorId.FileExists, $"{what} exists.", "-Force replaces it.");

    private sealed class Meter(IFeedback feedback, string activity, long total)
    {
        private long _done;

        public void Add(int count)
        {
            _done += count;
            feedback.Progress(new WorkProgress(activity, SizeText.From((ulong)_done), total > 0 ? Math.Min(99.9, 100.0 * _done / total) : -1));
        }

        public void End() => feedback.Progress(new WorkProgress(activity, "Done", 100));
    }
}
