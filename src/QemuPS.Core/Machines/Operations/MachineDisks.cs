using System.Text.Json.Nodes;
using QemuPS.Disks;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Works on the disks of a running machine, which QEMU alone may touch.</summary>
public sealed class MachineDisks
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);
    private readonly Machine _machine;
    private readonly VmDrive _drive;

    private MachineDisks(Machine machine, VmDrive drive)
    {
        _machine = machine;
        _drive = drive;
    }

    /// <summary>The running machine that has an image open as one of its disks, or null where it is nobody's, or somebody else's.</summary>
    /// <param name="store">The store to look in.</param>
    /// <param name="path">The image's full path.</param>
    public static MachineDisks? Find(VmStore store, string path)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!File.Exists(path) || ImageLocks.FindHolder(path) is not { ProcessId: { } holder }) return null;
        foreach (var machine in DiskUse.MachinesWith(store, path).Select(name => new Machine(store, name)))
        {
            if (machine.FindProcess() == holder) return new MachineDisks(machine, machine.Load().Drives.First(drive => drive.Path is { } own && FileStatus.AreSame(own, path)));
        }

        return null;
    }

    /// <summary>What a new size would be done with, to be shown.</summary>
    public string DescribeResize(ulong sizeBytes) => $"Resize '{_drive.Path}' to {SizeText.From(sizeBytes)} in the running machine '{_machine.Name}' (QMP block_resize)";

    /// <summary>What a merge would be done with, to be shown.</summary>
    public string DescribeCommit(string destination) => $"Merge '{_drive.Path}' into '{destination}' in the running machine '{_machine.Name}' (QMP block-commit), which goes on with the latter";

    /// <summary>Makes the disk larger while the guest runs.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> with QEMU's words, <see cref="ErrorId.VmNotRunning"/></exception>
    public async Task ResizeAsync(ulong sizeBytes, CancellationToken cancellation)
    {
        using var held = await _machine.LockAsync(cancellation).ConfigureAwait(false);
        await using var connection = await _machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var node = await NodeAsync(connection, cancellation).ConfigureAwait(false);
        await ExecuteAsync(connection, "block_resize", new JsonObject { ["node-name"] = node, ["size"] = sizeBytes }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Writes the disk's content into an image below it while the guest runs. The machine goes on with that image, now and at the next start.</summary>
    /// <param name="destination">The image below.</param>
    /// <param name="feedback">Hears of the progress.</param>
    /// <param name="cancellation">Cancels the work; the machine goes on with the overlay.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> with QEMU's words, <see cref="ErrorId.VmNotRunning"/></exception>
    public async Task CommitAsync(QemuDisk destination, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var held = await _machine.LockAsync(cancellation).ConfigureAwait(false);
        await using var connection = await _machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var node = await NodeAsync(connection, cancellation).ConfigureAwait(false);
        var baseNode = await NodeOfFileAsync(connection, destination.Path, cancellation).ConfigureAwait(false);
        var job = new BlockJob(connection, $"commit-{_drive.Id}", $"Merging {Path.GetFileName(_drive.Path)}", feedback);
        await ExecuteAsync(connection, "block-commit", new JsonObject { ["job-id"] = job.Id, ["device"] = node, ["base-node"] = baseNode }, cancellation).ConfigureAwait(false);
        await job.CompleteAsync(ProgressInterval, cancellation).ConfigureAwait(false);

        // QEMU has let go of the overlay only when its nodes are gone: those that the command line named stay until somebody says so.
        await ExecuteAsync(connection, "blockdev-del", new JsonObject { ["node-name"] = node }, CancellationToken.None).ConfigureAwait(false);
        await ReleaseFileAsync(connection, CancellationToken.None).ConfigureAwait(false);
        var definition = _machine.Load();
        VmDefinition WithDestination(VmDefinition before) =>
            before with { Drives = [.. before.Drives.Select(drive => drive.Id == _drive.Id ? drive with { Path = destination.Path, Format = destination.Format } : drive)] };

        StartedDefinition.Change(_machine.Folder, WithDestination);
        _machine.Store.Save(WithDestination(definition), held);
    }

    private async Task ReleaseFileAsync(QmpConnection connection, CancellationToken cancellation)
    {
        var nodes = await connection.ExecuteAsync("query-named-block-nodes", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        // By what it has open: an external snapshot's is not named after the drive.
        foreach (var name in nodes.EnumerateArray().Where(node => node.GetProperty("drv").GetString() == "file" && node.GetProperty("file").GetString() == _drive.Path).Select(node => node.GetProperty("node-name").GetString()!))
        {
            await ExecuteAsync(connection, "blockdev-del", new JsonObject { ["node-name"] = name }, cancellation).ConfigureAwait(false);
        }
    }

    // The node that the device has now: after a merge it is not the one that the command line gave it.
    private async Task<string> NodeAsync(QmpConnection connection, CancellationToken cancellation)
    {
        var blocks = await connection.ExecuteAsync("query-block", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        foreach (var block in blocks.EnumerateArray().Where(block => block.TryGetProperty("qdev", out var device) && IsOurs(device.GetString()!)))
        {
            if (block.TryGetProperty("inserted", out var inserted)) return inserted.GetProperty("node-name").GetString()!;
        }

        throw new QemuException(ErrorId.LiveChangeFailed, $"The running machine '{_machine.Name}' has no disk '{_drive.Id}'.", "It was added to the definition after the start: restart the machine.");
    }

    // The device's id where it has the drive itself; virtio-blk-pci has it in a child, which has a path and no id.
    private bool IsOurs(string device) => device == _drive.Id || device.StartsWith($"/machine/peripheral/{_drive.Id}/", StringComparison.Ordinal);

    private static async Task<string> NodeOfFileAsync(QmpConnection connection, string path, CancellationToken cancellation)
    {
        var nodes = await connection.ExecuteAsync("query-named-block-nodes", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        foreach (var node in nodes.EnumerateArray().Where(node => node.GetProperty("drv").GetString() != "file" && node.GetProperty("file").GetString() == path))
        {
            return node.GetProperty("node-name").GetString()!;
        }

        throw new QemuException(ErrorId.LiveChangeFailed, $"The running QEMU does not have '{path}' open.");
    }

    private async Task ExecuteAsync(QmpConnection connection, string command, JsonObject arguments, CancellationToken cancellation)
    {
        try
        {
            await connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{_machine.Name}' could not change its disk '{_drive.Id}': {error.Message}", inner: error);
        }
    }
}
