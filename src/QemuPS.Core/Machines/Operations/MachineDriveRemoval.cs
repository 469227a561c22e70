using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Takes drives out of machines: out of the running QEMU, out of the definition, or both.</summary>
public static class MachineDriveRemoval
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Takes a drive out. A guest that does not answer keeps the device, and QEMU the image, until it does.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="id">The drive.</param>
    /// <param name="live">The running QEMU lets go of it now.</param>
    /// <param name="persist">The definition forgets it.</param>
    /// <param name="timeout">How long the guest may take.</param>
    /// <param name="force">QEMU lets go of the image even when the guest keeps the device: what the guest reads or writes there fails from then on.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmDeviceNotFound"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public static async Task<QemuUnplugResult> RemoveAsync(Machine machine, string id, bool live, bool persist, TimeSpan timeout, bool force, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var isDefined = definition.Drives.Any(drive => drive.Id == id);
        if (!live && !isDefined) throw MachineDriveReader.NotFound(machine, id);
        var reason = live ? await UnplugAsync(machine, id, isDefined, timeout, force, cancellation).ConfigureAwait(false) : null;
        // What the guest still has is there until it lets go of it; without its image it is nothing that a saved state could come back to.
        if (live && (reason is null || force)) StartedDefinition.Change(machine.Folder, before => Without(before, id));
        if (persist && isDefined) machine.Store.Save(Without(definition, id), held);
        return QemuUnplugResult.Of(machine.Name, id, reason);
    }

    /// <summary>Completes removals that the guest has answered when nobody waited any more: QEMU keeps an image until somebody says that it is not needed.</summary>
    /// <remarks>Only for the holder of the machine's lock.</remarks>
    internal static async Task CompleteAsync(Machine machine, CancellationToken cancellation)
    {
        if (new RuntimeMarks(machine.Folder).Ids(RuntimeMarks.Unplugging).Count == 0 || machine.FindProcess() is null) return;
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var drives = new LiveDrives(connection, cancellation);
        foreach (var left in (await MachineDriveReader.ReadAsync(machine, connection, cancellation).ConfigureAwait(false)).Where(drive => drive.Status == QemuVmDiskStatus.Unplugged))
        {
            if (!await drives.ReleaseAsync(left.Id).ConfigureAwait(false)) continue;
            new RuntimeMarks(machine.Folder).Clear(RuntimeMarks.Unplugging, left.Id);
            StartedDefinition.Change(machine.Folder, before => Without(before, left.Id));
        }
    }

    private static VmDefinition Without(VmDefinition definition, string id) => definition with { Drives = [.. definition.Drives.Where(drive => drive.Id != id)] };

    private static async Task<string?> UnplugAsync(Machine machine, string id, bool isDefined, TimeSpan timeout, bool force, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var drives = new LiveDrives(connection, cancellation);
        var found = await drives.FindAsync(id).ConfigureAwait(false);
        var isLeft = found is null && (await MachineDriveReader.ReadAsync(machine, connection, cancellation).ConfigureAwait(false)).Any(drive => drive.Id == id);
        if (found is null && !isLeft && !isDefined) throw MachineDriveReader.NotFound(machine, id);

        var reason = await new HotPlug(machine, connection, cancellation).UnplugAsync(id, timeout).ConfigureAwait(false);
        if (reason is not null && force) reason = await LetGoAsync(connection, found!, reason, cancellation).ConfigureAwait(false);
        if (reason is not null && !force) return reason;
        if (await drives.ReleaseAfterUnplugAsync(id, ReleaseTimeout).ConfigureAwait(false) || reason is not null) return reason;
        new RuntimeMarks(machine.Folder).Set(RuntimeMarks.Unplugging, id);
        return "The guest has let go of it, and QEMU still uses the image: something else is under way with it, a backup or a merge.";
    }

    // The device stays, on a node that fails whatever is asked of it. A node may be exchanged below a device that runs
    // (qdev-properties-system.c, set_drive_helper), though not for itself: QEMU 7.2 aborts.
    private static async Task<string> LetGoAsync(QmpConnection connection, LiveDrive drive, string reason, CancellationToken cancellation)
    {
        var gone = DriveNodes.Gone(drive.Id);
        if (drive.Node is { } node && node != gone)
        {
            var size = drive.Inserted!.Value.GetProperty("image").GetProperty("virtual-size").GetUInt64();
            await connection.ExecuteAsync("blockdev-add", Failing(gone, size), Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            await connection.ExecuteAsync("qom-set", new JsonObject { ["path"] = drive.QomPath, ["property"] = "drive", ["value"] = gone }, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
        }

        return $"{reason} QEMU has let go of the image; what the guest reads or writes there fails.";
    }

    private static JsonObject Failing(string name, ulong size) => new()
    {
        ["driver"] = "blkdebug",
        ["node-name"] = name,
        ["image"] = new JsonObject { ["driver"] = "null-co", ["size"] = size },
        ["inject-error"] = new JsonArray(new JsonObject { ["event"] = "none", ["errno"] = 5 }),
    };
}
