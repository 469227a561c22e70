using System.Text.Json.Nodes;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>The snapshots of a machine whose QEMU runs, which alone may touch its images.</summary>
/// <param name="machine">The machine.</param>
/// <param name="connection">The connection to it.</param>
internal sealed class LiveSnapshots(Machine machine, QmpConnection connection) : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);
    private readonly SnapshotJob _job = new(connection);

    /// <summary>The connection to the machine.</summary>
    public QmpConnection Connection => connection;

    /// <summary>Connects to the machine's QEMU; null where it is off.</summary>
    public static async Task<LiveSnapshots?> OpenAsync(Machine machine, CancellationToken cancellation)
    {
        if (machine.FindProcess() is not { } id) return null;
        try
        {
            return new LiveSnapshots(machine, await machine.ConnectAsync(cancellation).ConfigureAwait(false));
        }
        catch (QemuException error) when (error.Id is ErrorId.QmpConnectionFailed or ErrorId.QmpOutcomeUnknown or ErrorId.VmNotRunning)
        {
            // A QEMU that is just ending loses its sockets one by one, and its lock with the last of its files.
            using var process = ProcessHandle.TryOpen(id);
            if (process is not null && !await process.WaitForExitAsync(EndPatience, cancellation).ConfigureAwait(false)) throw;
            if (machine.FindProcess() is not null) throw;
            return null;
        }
    }

    /// <summary>Waits for the work that a shell had begun and did not see the end of.</summary>
    public Task FinishLeftAsync(CancellationToken cancellation) => _job.FinishLeftAsync(cancellation);

    /// <summary>The guest's processors run.</summary>
    public async Task<bool> IsGuestRunningAsync(CancellationToken cancellation)
    {
        var status = await connection.ExecuteAsync("query-status", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return status.GetProperty("running").GetBoolean();
    }

    /// <summary>Lets the guest go on.</summary>
    public Task ContinueAsync(CancellationToken cancellation) => connection.ExecuteAsync("cont", null, Machine.AnswerTimeout, cancellation);

    /// <summary>Keeps disks, memory and devices. The guest stands still meanwhile.</summary>
    /// <remarks>The images are named: left to itself QEMU refuses a machine with a single image that cannot have snapshots, were it a read-only one of firmware.</remarks>
    public async Task SaveAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var arguments = await WithMemoryAsync(name, images, cancellation).ConfigureAwait(false);
        if (await _job.RunAsync("snapshot-save", arguments, cancellation).ConfigureAwait(false) is { } words) throw Failed("take the snapshot", name, words);
    }

    /// <summary>Brings disks, memory and devices back.</summary>
    public async Task LoadAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var arguments = await WithMemoryAsync(name, images, cancellation).ConfigureAwait(false);
        if (await _job.RunAsync("snapshot-load", arguments, cancellation).ConfigureAwait(false) is { } words) throw Failed("go back to the snapshot", name, words);
    }

    /// <summary>Deletes a snapshot from the images that have it.</summary>
    public async Task DeleteAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var nodes = await NodesAsync(images, cancellation).ConfigureAwait(false);
        var arguments = new JsonObject { ["tag"] = name, ["devices"] = ToArray(nodes) };
        if (await _job.RunAsync("snapshot-delete", arguments, cancellation).ConfigureAwait(false) is { } words) throw Failed("delete the snapshot", name, words);
    }

    /// <summary>Keeps the disks alone, all of them at one moment of the guest's.</summary>
    public async Task SaveDisksAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var nodes = await NodesAsync(images, cancellation).ConfigureAwait(false);
        await TransactAsync(
            name,
            nodes.Select(node => new JsonObject { ["type"] = "blockdev-snapshot-internal-sync", ["data"] = new JsonObject { ["device"] = node, ["name"] = name } }),
            cancellation).ConfigureAwait(false);
    }

    /// <summary>All of the actions are done, or none (qapi/transaction.json).</summary>
    public async Task TransactAsync(string name, IEnumerable<JsonObject> actions, CancellationToken cancellation)
    {
        try
        {
            // Every disk writes out what it has yet to write.
            await connection.ExecuteAsync("transaction", new JsonObject { ["actions"] = new JsonArray([.. actions]) }, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw Failed("take the snapshot", name, error.Message);
        }
    }

    /// <summary>The block nodes that have the images open for the guest, in their order.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> where the running machine has other images than its definition.</exception>
    public async Task<IReadOnlyList<string>> NodesAsync(IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var nodes = await NodesByPathAsync(cancellation).ConfigureAwait(false);
        return [.. images.Select(image => nodes.TryGetValue(image.Path, out var node) ? node : throw new QemuException(
            ErrorId.LiveChangeFailed,
            $"The running machine '{machine.Name}' does not have '{image.Path}' open as its disk '{image.Drive}': the definition was changed since it started.",
            "Restart the machine first."))];
    }

    /// <summary>The block nodes that devices of the machine have, each by the image it is of.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NodesByPathAsync(CancellationToken cancellation)
    {
        var blocks = await connection.ExecuteAsync("query-block", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var nodes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var block in blocks.EnumerateArray())
        {
            if (block.TryGetProperty("inserted", out var inserted)) nodes[ImageOf(inserted.GetProperty("file").GetString()!)] = inserted.GetProperty("node-name").GetString()!;
        }

        return nodes;
    }

    /// <summary>The image's path in QEMU's name of a node: the path itself, or a description of the node where its backing image was put there by hand (block.c, <c>json:</c>).</summary>
    public static string ImageOf(string name)
    {
        if (!name.StartsWith("json:", StringComparison.Ordinal)) return name;
        var node = JsonNode.Parse(name["json:".Length..]);
        while (node?["file"] is JsonObject file) node = file;
        return (string?)node?["filename"] ?? name;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    // The memory goes into the first image, among the first of the machine's disks.
    private async Task<JsonObject> WithMemoryAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var nodes = await NodesAsync(images, cancellation).ConfigureAwait(false);
        return new JsonObject { ["tag"] = name, ["vmstate"] = nodes[0], ["devices"] = ToArray(nodes) };
    }

    private static JsonArray ToArray(IEnumerable<string> names) => [.. names.Select(name => (JsonNode)name)];

    private QemuException Failed(string what, string name, string words) =>
        new(ErrorId.LiveChangeFailed, $"'{machine.Name}' could not {what} '{name}': {words}");
}
