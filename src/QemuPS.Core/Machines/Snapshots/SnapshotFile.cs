using System.Text.Json;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The file <c>snapshots.json</c> in a machine's folder.</summary>
/// <param name="machine">The machine.</param>
internal sealed class SnapshotFile(Machine machine)
{
    private readonly string _path = Path.Combine(machine.Store.FolderOf(machine.Name), "snapshots.json");
    private readonly SnapshotJson _json = new(machine.Store.FolderOf(machine.Name));

    /// <summary>Reads it; a machine that never had a snapshot has none.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/>, <see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public SnapshotDocument Read()
    {
        try
        {
            return File.Exists(_path) ? _json.Read(File.ReadAllBytes(_path)) : SnapshotDocument.Empty;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new QemuException(
                ErrorId.InvalidDefinition,
                $"'{_path}', which keeps how the snapshots of '{machine.Name}' go on from one another, is damaged: {error.Message}",
                $"mv {ShellQuoting.Bash(_path)} {ShellQuoting.Bash(_path + ".damaged")}   # the snapshots inside of the images stay; their order is lost",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot read '{_path}'", error);
        }
    }

    /// <summary>Writes it. Who does so has the machine's lock.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public SnapshotDocument Write(SnapshotDocument document, VmLock held)
    {
        if (!held.IsOf(machine.Folder)) throw new ArgumentException($"This is not the lock of '{machine.Name}'.", nameof(held));
        AtomicFile.Write(_path, _json.Write(document));
        return document;
    }
}
