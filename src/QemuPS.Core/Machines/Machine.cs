using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>One machine of a store: its definition, its runtime folder, its lock and its QEMU.</summary>
/// <param name="store">The store it is in.</param>
/// <param name="name">Its name.</param>
public sealed class Machine(VmStore store, string name)
{
    /// <summary>How long QEMU may take to greet and to answer a question.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The store it is in.</summary>
    public VmStore Store { get; } = store;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Where its pid file, sockets and log are.</summary>
    public RuntimeFolder Folder { get; } = new(store, name);

    /// <summary>The guest's memory where the machine was saved: the next start goes on from it.</summary>
    public string SavedStatePath => Path.Combine(Store.FolderOf(Name), "state.vmstate");

    /// <summary>Reads its definition.</summary>
    public VmDefinition Load() => Store.Load(Name);

    /// <summary>Reads the definition it was started with; the present one where it was started by a version that did not keep it.</summary>
    public VmDefinition LoadStarted() => StartedDefinition.Find(Folder) ?? Load();

    /// <summary>Takes the lock that everything takes which changes the machine.</summary>
    public Task<VmLock> LockAsync(CancellationToken cancellation)
    {
        RuntimeFolder.EnsureRoot();
        return VmLock.AcquireAsync(Folder.LockFile, Name, cancellation);
    }

    /// <summary>Changes its definition. Nobody else changes it meanwhile.</summary>
    /// <param name="change">Makes the new definition of the present one.</param>
    /// <param name="cancellation">Stops the wait for the lock.</param>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> and <see cref="VmStore.Save"/> throw.</exception>
    public async Task<VmDefinition> ChangeAsync(Func<VmDefinition, VmDefinition> change, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(change);
        using var held = await LockAsync(cancellation).ConfigureAwait(false);
        var definition = change(Load());
        Store.Save(definition, held);
        return definition;
    }

    /// <summary>Its QEMU's process id, or null: QEMU holds a lock on its pid file as long as it lives.</summary>
    /// <remarks>That the file exists, or which number is in it, proves nothing: both outlive a QEMU that is killed.</remarks>
    public int? FindProcess()
    {
        try
        {
            return Folder.HasPidFile ? FileLocks.FindHolder(Folder.PidFile, 0, 0) : null;
        }
        catch (FileNotFoundException)
        {
            // QEMU removes the file when it ends, and may do so at any moment.
            return null;
        }
    }

    /// <summary>Connects to the monitor for commands.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, or what <see cref="QmpConnection.ConnectAsync"/> throws.</exception>
    public async Task<QmpConnection> ConnectAsync(CancellationToken cancellation)
    {
        var process = FindProcess() ?? throw NotRunning();
        var connection = await QmpConnection.ConnectAsync(Folder.QmpSocket, AnswerTimeout, cancellation).ConfigureAwait(false);
        if (connection.PeerProcessId == process) return connection;

        await connection.DisposeAsync().ConfigureAwait(false);
        throw new QemuException(
            ErrorId.QmpConnectionFailed,
            $"The process {connection.PeerProcessId} answers at '{Folder.QmpSocket}', not the machine's QEMU (pid {process}).");
    }

    /// <summary>Runs one QMP command on a connection of its own.</summary>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments, TimeSpan timeout, CancellationToken cancellation, bool outOfBand = false)
    {
        await using var connection = await ConnectAsync(cancellation).ConfigureAwait(false);
        return await connection.ExecuteAsync(command, arguments, timeout, cancellation, outOfBand).ConfigureAwait(false);
    }

    /// <summary>The error for what only a running machine can do.</summary>
    public QemuException NotRunning() => new(ErrorId.VmNotRunning, $"The machine '{Name}' is not running.", $"Start-QemuVm '{Name}'");
}
