using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>A drive as the running QEMU has it.</summary>
internal sealed record LiveDrive
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>QEMU's name of the device.</summary>
    public required string Driver { get; init; }

    /// <summary>The device that has the medium, by QEMU's own name of it: the id, or the path of a part of the device.</summary>
    public required string BlockDevice { get; init; }

    /// <summary>What <c>query-block</c> says.</summary>
    public required JsonElement Block { get; init; }

    /// <summary>The topmost node; null where the drive is empty.</summary>
    public string? Node => Inserted is { } inserted ? inserted.GetProperty("node-name").GetString() : null;

    /// <summary>What is in the drive, as <c>query-block</c> says.</summary>
    public JsonElement? Inserted => Block.TryGetProperty("inserted", out var inserted) ? inserted : null;

    /// <summary>The medium can be changed.</summary>
    public bool IsRemovable => Block.GetProperty("removable").GetBoolean();

    /// <summary>The tray is open.</summary>
    public bool IsTrayOpen => Block.TryGetProperty("tray_open", out var open) && open.GetBoolean();

    /// <summary>The object that has the property <c>drive</c>.</summary>
    public string QomPath => BlockDevice.StartsWith('/') ? BlockDevice : $"{HotPlug.Devices}/{BlockDevice}";

    /// <summary>How the guest sees it.</summary>
    public VmDiskBus Bus => Driver switch
    {
        "virtio-blk-pci" => VmDiskBus.VirtioBlk,
        "scsi-hd" or "scsi-cd" => VmDiskBus.VirtioScsi,
        "nvme" => VmDiskBus.Nvme,
        "usb-storage" => VmDiskBus.Usb,
        _ => VmDiskBus.Ide,
    };
}

/// <summary>The drives of a running QEMU.</summary>
internal sealed class LiveDrives(QmpConnection connection, CancellationToken cancellation)
{
    private static readonly string[] Drivers = ["virtio-blk-pci", "scsi-hd", "scsi-cd", "ide-hd", "ide-cd", "nvme", "usb-storage"];

    /// <summary>All that have an id.</summary>
    public async Task<IReadOnlyList<LiveDrive>> ReadAsync()
    {
        var drivers = await DriversAsync().ConfigureAwait(false);
        var blocks = await ExecuteAsync("query-block").ConfigureAwait(false);
        return
        [
            .. from block in blocks.EnumerateArray()
               let device = block.TryGetProperty("qdev", out var name) ? name.GetString()! : ""
               let id = IdOf(device)
               where drivers.ContainsKey(id)
               select new LiveDrive { Id = id, Driver = drivers[id], BlockDevice = device, Block = block },
        ];
    }

    /// <summary>One of them, or null.</summary>
    public async Task<LiveDrive?> FindAsync(string id) => (await ReadAsync().ConfigureAwait(false)).FirstOrDefault(drive => drive.Id == id);

    /// <summary>All block nodes that have a name, as <c>query-named-block-nodes</c> tells them.</summary>
    public async Task<IReadOnlyList<JsonElement>> NodesAsync() =>
        [.. (await ExecuteAsync("query-named-block-nodes", new JsonObject { ["flat"] = true }).ConfigureAwait(false)).EnumerateArray()];

    /// <summary>Lets go of all nodes of a drive. What is on top of others goes before them; one that is in use stays.</summary>
    /// <param name="id">The drive, or the beginning of its nodes' names.</param>
    /// <returns>Whether all are gone.</returns>
    public async Task<bool> ReleaseAsync(string id)
    {
        var left = (await NodesAsync().ConfigureAwait(false)).Select(NameOf).Where(name => DriveNodes.IsOf(name, id)).ToList();
        for (var before = -1; left.Count > 0 && left.Count != before;)
        {
            before = left.Count;
            foreach (var name in left.ToList())
            {
                if (await TryDeleteAsync(name).ConfigureAwait(false)) left.Remove(name);
            }
        }

        return left.Count == 0;
    }

    /// <summary>Lets go of all nodes of a drive whose device has just gone: it lets go of them itself when it is destroyed, which DEVICE_DELETED tells.</summary>
    public async Task<bool> ReleaseAfterUnplugAsync(string id, TimeSpan timeout)
    {
        if (await ReleaseAsync(id).ConfigureAwait(false)) return true;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await foreach (var told in connection.ReadEventsAsync(limit.Token).ConfigureAwait(false))
            {
                if (told.Name == "DEVICE_DELETED" && await ReleaseAsync(id).ConfigureAwait(false)) return true;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It may have come between the first try and the wait.
        }

        return await ReleaseAsync(id).ConfigureAwait(false);
    }

    /// <summary>The name of a node.</summary>
    public static string NameOf(JsonElement node) => node.GetProperty("node-name").GetString()!;

    // The device's id where it has the medium itself; virtio-blk and USB sticks have it in a part, which has a path and no id.
    private static string IdOf(string device)
    {
        const string devices = HotPlug.Devices + "/";
        return device.StartsWith(devices, StringComparison.Ordinal) ? device[devices.Length..].Split('/')[0] : device;
    }

    private async Task<bool> TryDeleteAsync(string node)
    {
        try
        {
            // Once something is let go of, the rest has to follow, whoever has lost patience.
            await connection.ExecuteAsync("blockdev-del", new JsonObject { ["node-name"] = node }, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            return false;
        }
    }

    private async Task<Dictionary<string, string>> DriversAsync()
    {
        var members = await ExecuteAsync("qom-list", new JsonObject { ["path"] = HotPlug.Devices }).ConfigureAwait(false);
        return members.EnumerateArray()
            .Select(member => (Id: member.GetProperty("name").GetString()!, Type: member.GetProperty("type").GetString()!))
            .Where(member => member.Type.StartsWith("child<", StringComparison.Ordinal) && Drivers.Contains(member.Type[6..^1]))
            .ToDictionary(member => member.Id, member => member.Type[6..^1]);
    }

    private Task<JsonElement> ExecuteAsync(string command, JsonObject? arguments = null) =>
        connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
