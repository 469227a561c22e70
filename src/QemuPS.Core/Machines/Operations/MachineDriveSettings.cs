using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Changes drives of machines: medium, limits, warning, boot order.</summary>
public static class MachineDriveSettings
{
    /// <summary>Changes a drive of the running QEMU, of the definition, or of both.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmDeviceNotFound"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.MediumNotFound"/>, <see cref="ErrorId.MediumLocked"/>,
    /// <see cref="ErrorId.InvalidDefinition"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public static async Task<QemuVmDisk> SetAsync(Machine machine, string id, DriveChange change, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(change);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var disk = await MachineDriveReader.ReadAsync(machine, id, cancellation).ConfigureAwait(false);
        RequireSense(disk, change);
        VmDefinition Changed(VmDefinition before) => before with { Drives = [.. before.Drives.Select(drive => drive.Id == id ? change.ApplyTo(drive) : drive)] };
        var changed = Changed(definition);
        DefinitionRules.Require(changed, definition.Name);

        if (change.Live)
        {
            await ChangeLiveAsync(machine, disk, changed, change, cancellation).ConfigureAwait(false);
            StartedDefinition.Change(machine.Folder, Changed);
        }

        if (change.Persist)
        {
            if (!disk.Persisted) throw new QemuException(ErrorId.VmDeviceNotFound, $"'{id}' is not in the definition of '{machine.Name}': it goes when the machine stops.", "Use -Live alone.");
            machine.Store.Save(changed, held);
        }

        return await MachineDriveReader.ReadAsync(machine, id, cancellation).ConfigureAwait(false);
    }

    /// <summary>Gives a drive its limits; QEMU takes all of them at once.</summary>
    internal static Task LimitAsync(QmpConnection connection, LiveDrive drive, ulong? iops, ulong? bytes, CancellationToken cancellation) =>
        connection.ExecuteAsync(
            "block_set_io_throttle",
            new JsonObject
            {
                ["id"] = drive.BlockDevice, ["iops"] = iops ?? 0, ["iops_rd"] = 0, ["iops_wr"] = 0, ["bps"] = bytes ?? 0, ["bps_rd"] = 0, ["bps_wr"] = 0,
            },
            Machine.AnswerTimeout,
            cancellation);

    private static void RequireSense(QemuVmDisk disk, DriveChange change)
    {
        if (change.ChangesMedium && !disk.IsCdrom) throw new QemuException(ErrorId.NotSupported, $"'{disk.Id}' is a disk: its image cannot be changed.", "Remove-QemuVmDisk and Add-QemuVmDisk exchange it.");
        if (change.MediaPath is { } path && !File.Exists(path)) throw new QemuException(ErrorId.MediumNotFound, $"There is no disc '{path}'.");
        if (disk.IsCdrom && change.WarnAtPercent is > 0) throw new QemuException(ErrorId.NotSupported, $"'{disk.Id}' is a CD drive, which is not written.");
        if (change.WarnAtPercent is > 0) CapacityWarning.RequireGrowing(disk.Id, disk.Format);
    }

    private static async Task ChangeLiveAsync(Machine machine, QemuVmDisk disk, VmDefinition changed, DriveChange change, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var drive = await new LiveDrives(connection, cancellation).FindAsync(disk.Id).ConfigureAwait(false)
            ?? throw new QemuException(ErrorId.LiveChangeFailed, $"The running machine '{machine.Name}' has no drive '{disk.Id}': it was added to the definition after the start.", "Restart the machine, or use -Persist alone.");
        try
        {
            if (change.ChangesMedium) await new DriveMedium(machine, connection, cancellation).ChangeAsync(drive, change).ConfigureAwait(false);
            if (change.ChangesLimits) await LimitAsync(connection, drive, change.MaximumIops ?? disk.MaximumIops, change.MaximumBytesPerSecond ?? disk.MaximumBytesPerSecond, cancellation).ConfigureAwait(false);
            if (change.WarnAtPercent is { } percent) await CapacityWarning.ArmAsync(connection, disk, percent == 0 ? null : percent, cancellation).ConfigureAwait(false);
            if (change.BootIndex is not null) await NumberAsync(connection, changed, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{machine.Name}' could not change its drive '{disk.Id}': {error.Message}", inner: error);
        }
    }

    /// <summary>Gives the drives of the running QEMU the boot order of the definition, for the next reset of the guest.</summary>
    /// <remarks>No two devices may have one number at any moment: all are taken away before any is given.</remarks>
    internal static async Task NumberAsync(QmpConnection connection, VmDefinition definition, CancellationToken cancellation)
    {
        var live = (await new LiveDrives(connection, cancellation).ReadAsync().ConfigureAwait(false)).Select(drive => drive.Id).ToHashSet();
        var drives = definition.Drives.Where(drive => live.Contains(drive.Id)).ToList();
        foreach (var drive in drives) await SetBootIndexAsync(connection, drive.Id, -1, cancellation).ConfigureAwait(false);
        foreach (var drive in drives) await SetBootIndexAsync(connection, drive.Id, BootOrder.IndexOf(definition, drive) ?? -1, cancellation).ConfigureAwait(false);
    }

    private static Task<JsonElement> SetBootIndexAsync(QmpConnection connection, string id, int index, CancellationToken cancellation) =>
        connection.ExecuteAsync("qom-set", new JsonObject { ["path"] = $"{HotPlug.Devices}/{id}", ["property"] = "bootindex", ["value"] = index }, Machine.AnswerTimeout, cancellation);
}
