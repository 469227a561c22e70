using System.Text.Json.Nodes;
using QemuPS.Disks;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Adds drives to machines: to the running QEMU, to the definition, or to both.</summary>
public static class MachineDriveAddition
{
    /// <summary>Adds a drive. When the live part fails, nothing of it stays in QEMU and the definition is as it was.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.MediumNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.DiskInUse"/>,
    /// <see cref="ErrorId.InvalidDefinition"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.</exception>
    public static async Task<QemuVmDisk> AddAsync(Machine machine, DriveAddition addition, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(addition);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        if (addition.Live && machine.FindProcess() is null) throw machine.NotRunning();
        await MachineDriveRemoval.CompleteAsync(machine, cancellation).ConfigureAwait(false);
        RequireFree(definition, addition);

        var used = await UsedIdsAsync(machine, definition, cancellation).ConfigureAwait(false);
        var id = Enumerable.Range(0, int.MaxValue).Select(number => (addition.IsCdrom ? "cd" : "disk") + number).First(name => !used.Contains(name));
        var drive = await addition.ToDriveAsync(id, MachineTypes.IsPc(definition.MachineType), feedback, cancellation).ConfigureAwait(false);
        if (drive is { Kind: VmDriveKind.Disk, Format: not "raw" }) DiskReader.RequireNamedFormats(drive.Path!);
        var changed = definition with { Drives = [.. definition.Drives, drive] };
        DefinitionRules.Require(changed, definition.Name);
        // That the bus has room is known by the arguments alone.
        DriveArguments.Build(changed);

        if (addition.Live)
        {
            await PlugAsync(machine, changed, drive, cancellation).ConfigureAwait(false);
            StartedDefinition.Change(machine.Folder, started => started with { Drives = [.. started.Drives, drive] });
        }

        if (addition.Persist) machine.Store.Save(changed, held);
        return await MachineDriveReader.ReadAsync(machine, id, cancellation).ConfigureAwait(false);
    }

    private static void RequireFree(VmDefinition definition, DriveAddition addition)
    {
        if (addition.Path is not { } path) return;
        if (addition.IsCdrom)
        {
            if (!File.Exists(path)) throw new QemuException(ErrorId.MediumNotFound, $"There is no disc '{path}'.");
            return;
        }

        DiskFile.RequireFile(path);
        if (definition.Drives.FirstOrDefault(drive => drive.Path is { } own && FileStatus.AreSame(own, path)) is { } same)
        {
            throw new QemuException(ErrorId.DiskInUse, $"'{path}' is a disk of '{definition.Name}' already, as '{same.Id}'.");
        }

        if (ImageLocks.FindHolder(path) is { } holder && (!addition.ReadOnly || holder.Writes))
        {
            throw new QemuException(ErrorId.DiskLocked, $"The disk image '{path}' is in use by {holder}.");
        }
    }

    private static async Task<HashSet<string>> UsedIdsAsync(Machine machine, VmDefinition definition, CancellationToken cancellation)
    {
        var used = definition.Drives.Select(drive => drive.Id).ToHashSet(StringComparer.Ordinal);
        if (machine.FindProcess() is null) return used;
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        used.UnionWith(await new HotPlug(machine, connection, cancellation).IdsAsync().ConfigureAwait(false));
        used.UnionWith((await MachineDriveReader.ReadAsync(machine, connection, cancellation).ConfigureAwait(false)).Select(drive => drive.Id));
        return used;
    }

    private static async Task PlugAsync(Machine machine, VmDefinition definition, VmDrive drive, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var plug = new HotPlug(machine, connection, cancellation);
        // A place in the boot order that another device has would be refused: all are numbered anew when it is there.
        var device = DriveArguments.Device(definition with { BootOrder = [], Drives = [] }, drive);
        if (await BusAsync(plug, connection, definition, drive, cancellation).ConfigureAwait(false) is { } bus) device["bus"] = bus;
        var what = $"take the drive '{drive.Id}'";
        try
        {
            foreach (var node in drive.Path is null ? [] : DriveNodes.Build(drive)) await plug.ExecuteAsync(what, "blockdev-add", node).ConfigureAwait(false);
            await plug.ExecuteAsync(what, "device_add", device).ConfigureAwait(false);
        }
        catch
        {
            await new LiveDrives(connection, CancellationToken.None).ReleaseAsync(drive.Id).ConfigureAwait(false);
            throw;
        }

        if (drive.BootIndex is not null) await MachineDriveSettings.NumberAsync(connection, definition, cancellation).ConfigureAwait(false);
    }

    private static async Task<string?> BusAsync(HotPlug plug, QmpConnection connection, VmDefinition definition, VmDrive drive, CancellationToken cancellation)
    {
        var isPc = MachineTypes.IsPc(definition.MachineType);
        switch (DriveArguments.BusOf(drive))
        {
            case VmDiskBus.VirtioScsi:
                if (!(await plug.IdsAsync().ConfigureAwait(false)).Contains(DriveArguments.ScsiId)) await AddControllerAsync(plug, isPc, "a SCSI controller", DriveArguments.ScsiController()).ConfigureAwait(false);
                return DriveArguments.ScsiBus;
            case VmDiskBus.Usb:
                if (!(await plug.IdsAsync().ConfigureAwait(false)).Contains(UsbArguments.ControllerId)) await AddControllerAsync(plug, isPc, "a USB controller", UsbArguments.Xhci()).ConfigureAwait(false);
                return UsbArguments.Bus;
            case VmDiskBus.Ide or VmDiskBus.Sata:
                throw new QemuException(
                    ErrorId.LiveChangeFailed,
                    $"The {drive.Bus} bus of '{definition.Name}' takes no drive while the machine runs.",
                    "Use -Bus VirtioScsi, VirtioBlk or Usb, or -Persist alone to have it at the next start.");
            default:
                return await plug.FindPciBusAsync($"the drive '{drive.Id}'", isPc).ConfigureAwait(false);
        }
    }

    private static async Task AddControllerAsync(HotPlug plug, bool isPc, string what, JsonObject controller)
    {
        if (await plug.FindPciBusAsync(what, isPc).ConfigureAwait(false) is { } bus) controller["bus"] = bus;
        await plug.ExecuteAsync($"take {what}", "device_add", controller).ConfigureAwait(false);
    }
}
