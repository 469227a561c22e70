using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Changes the disc in a CD drive of a running machine, as hands would: tray open, old one out, new one in, tray shut.</summary>
internal sealed class DriveMedium(Machine machine, QmpConnection connection, CancellationToken cancellation)
{
    /// <summary>Takes a disc out, or exchanges it. The new one is opened first: one that cannot be opened leaves the old one where it is.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.MediumLocked"/> when the guest keeps the tray shut.</exception>
    public async Task ChangeAsync(LiveDrive drive, DriveChange change)
    {
        var drives = new LiveDrives(connection, cancellation);
        var name = drive.Node == DriveNodes.Top(drive.Id) ? drive.Id + "-next" : drive.Id;
        try
        {
            if (change.MediaPath is { } path) await OpenDiscAsync(drive.Id, name, path).ConfigureAwait(false);
            if (!drive.IsTrayOpen) await OpenTrayAsync(drive, change).ConfigureAwait(false);
            if (drive.Inserted is not null) await ExecuteAsync("blockdev-remove-medium", new JsonObject { ["id"] = drive.BlockDevice }).ConfigureAwait(false);
        }
        catch
        {
            if (change.MediaPath is not null) await ReleaseAsync(name).ConfigureAwait(false);
            throw;
        }

        // From here on half of it would be worse than all of it.
        if (change.MediaPath is not null) await ExecuteAsync("blockdev-insert-medium", new JsonObject { ["id"] = drive.BlockDevice, ["node-name"] = DriveNodes.Top(name) }).ConfigureAwait(false);
        await ExecuteAsync("blockdev-close-tray", new JsonObject { ["id"] = drive.BlockDevice }).ConfigureAwait(false);
        // The new disc's nodes are in use, and stay.
        await drives.ReleaseAsync(drive.Id).ConfigureAwait(false);
    }

    private async Task OpenDiscAsync(string id, string name, string path)
    {
        foreach (var node in DriveNodes.Build(new VmDrive { Id = id, Kind = VmDriveKind.CdRom, Path = path }, name)) await ExecuteAsync("blockdev-add", node).ConfigureAwait(false);
    }

    // Of a locked tray QEMU passes the press of the button on to the guest and reports success (blockdev.c, qmp_blockdev_open_tray).
    private async Task OpenTrayAsync(LiveDrive drive, DriveChange change)
    {
        await ExecuteAsync("blockdev-open-tray", new JsonObject { ["id"] = drive.BlockDevice, ["force"] = change.Force }).ConfigureAwait(false);
        if (await IsOpenAsync(drive).ConfigureAwait(false) || await IsOpenedAsync(drive, change.Timeout).ConfigureAwait(false)) return;
        throw Locked(drive, change.Timeout);
    }

    private async Task<bool> IsOpenAsync(LiveDrive drive) =>
        await new LiveDrives(connection, cancellation).FindAsync(drive.Id).ConfigureAwait(false) is { IsTrayOpen: true };

    private async Task<bool> IsOpenedAsync(LiveDrive drive, TimeSpan timeout)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await foreach (var told in connection.ReadEventsAsync(limit.Token).ConfigureAwait(false))
            {
                if (told.Name == "DEVICE_TRAY_MOVED" && told.Data.GetProperty("id").GetString() == drive.BlockDevice && told.Data.GetProperty("tray-open").GetBoolean()) return true;
            }

            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ReleaseAsync(string name)
    {
        var drives = new LiveDrives(connection, CancellationToken.None);
        foreach (var node in new[] { DriveNodes.Top(name), DriveNodes.File(name) })
        {
            if ((await drives.NodesAsync().ConfigureAwait(false)).Any(each => LiveDrives.NameOf(each) == node)) await ExecuteAsync("blockdev-del", new JsonObject { ["node-name"] = node }).ConfigureAwait(false);
        }
    }

    private QemuException Locked(LiveDrive drive, TimeSpan waited) => new(
        ErrorId.MediumLocked,
        $"The guest of '{machine.Name}' has locked the tray of '{drive.Id}' and has not opened it within {waited.TotalSeconds:0.#} s: it has the disc mounted or open.",
        $"Unmount it in the guest, or take it out as a paper clip would: Set-QemuVmDisk {Processes.ShellQuoting.PowerShell(machine.Name)} {drive.Id} -Eject -Force");

    // Once the tray moves, all of it is done: who has lost patience meanwhile finds a whole drive.
    private Task<JsonElement> ExecuteAsync(string command, JsonObject arguments) => connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, CancellationToken.None);
}
