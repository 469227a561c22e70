using System.Text.Json;
using QemuPS.Disks;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>The drives of machines: what the definition says and what the running QEMU says, together.</summary>
public static class MachineDriveReader
{
    /// <summary>All drives of a machine, those of its definition first.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> and <see cref="Machine.ConnectAsync"/> throw.</exception>
    public static async Task<IReadOnlyList<QemuVmDisk>> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var definition = machine.Load();
        if (machine.FindProcess() is null) return [.. definition.Drives.Select(drive => Measure(Describe(machine, drive)))];

        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        return await ReadAsync(machine, connection, cancellation).ConfigureAwait(false);
    }

    /// <summary>All drives of a running machine.</summary>
    internal static async Task<IReadOnlyList<QemuVmDisk>> ReadAsync(Machine machine, QmpConnection connection, CancellationToken cancellation)
    {
        var definition = machine.Load();
        var drives = new LiveDrives(connection, cancellation);
        var live = await drives.ReadAsync().ConfigureAwait(false);
        var nodes = await drives.NodesAsync().ConfigureAwait(false);
        var marks = new RuntimeMarks(machine.Folder);
        var ids = definition.Drives.Select(drive => drive.Id).Concat(live.Select(drive => drive.Id)).Concat(Orphans(marks, live, nodes)).Distinct();
        return [.. ids.Select(id => Describe(machine, definition, id, live, nodes, marks))];
    }

    /// <summary>One drive of a machine.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmDeviceNotFound"/>, and what <see cref="ReadAsync(Machine, CancellationToken)"/> throws.</exception>
    public static async Task<QemuVmDisk> ReadAsync(Machine machine, string id, CancellationToken cancellation) =>
        (await ReadAsync(machine, cancellation).ConfigureAwait(false)).FirstOrDefault(drive => drive.Id == id) ?? throw NotFound(machine, id);

    /// <summary>The error for a drive that a machine has not.</summary>
    public static QemuException NotFound(Machine machine, string id) =>
        new(ErrorId.VmDeviceNotFound, $"'{machine.Name}' has no drive '{id}'.", $"Get-QemuVmDisk {Processes.ShellQuoting.PowerShell([machine.Name])}");

    // What a guest has let go of when nobody waited any more: QEMU keeps the nodes until somebody says so.
    private static IEnumerable<string> Orphans(RuntimeMarks marks, IReadOnlyList<LiveDrive> live, IReadOnlyList<JsonElement> nodes) =>
        marks.Ids(RuntimeMarks.Unplugging).Where(id => live.All(drive => drive.Id != id) && nodes.Any(node => LiveDrives.NameOf(node) == DriveNodes.Top(id)));

    private static QemuVmDisk Describe(Machine machine, VmDefinition definition, string id, IReadOnlyList<LiveDrive> live, IReadOnlyList<JsonElement> nodes, RuntimeMarks marks)
    {
        var defined = definition.Drives.FirstOrDefault(drive => drive.Id == id);
        if (live.FirstOrDefault(drive => drive.Id == id) is { } found) return Add(Describe(machine, defined ?? Drive(found), defined is not null), found, nodes, marks);
        var file = nodes.FirstOrDefault(node => LiveDrives.NameOf(node) == DriveNodes.Top(id));
        if (defined is not null && (file.ValueKind == JsonValueKind.Undefined || !marks.Has(RuntimeMarks.Unplugging, id))) return Measure(Describe(machine, defined));
        return Describe(machine, new VmDrive { Id = id, Path = file.GetProperty("file").GetString(), Format = file.GetProperty("drv").GetString()! }, persisted: defined is not null) with
        {
            NodeName = DriveNodes.Top(id),
            Status = QemuVmDiskStatus.Unplugged,
        };
    }

    private static VmDrive Drive(LiveDrive live) => new()
    {
        Id = live.Id,
        Kind = live.IsRemovable ? VmDriveKind.CdRom : VmDriveKind.Disk,
        Bus = live.Bus,
    };

    private static QemuVmDisk Describe(Machine machine, VmDrive drive, bool persisted = true) => new()
    {
        VmName = machine.Name,
        Id = drive.Id,
        Bus = DriveArguments.BusOf(drive),
        DiskPath = drive.Path,
        Format = drive.Path is null ? null : drive.Format,
        IsCdrom = drive.Kind == VmDriveKind.CdRom,
        Medium = (drive.Kind, drive.Path) switch
        {
            (VmDriveKind.Disk, _) => QemuVmMedium.Fixed,
            (_, null) => QemuVmMedium.Empty,
            _ => QemuVmMedium.Inserted,
        },
        ReadOnly = drive.ReadOnly || drive.Kind == VmDriveKind.CdRom,
        Serial = drive.Serial,
        BootIndex = drive.BootIndex,
        Cache = drive.Cache,
        Discard = drive.Discard,
        MaximumIops = drive.MaximumIops,
        MaximumBytesPerSecond = drive.MaximumBytesPerSecond,
        WarnAtPercent = drive.WarnAtPercent,
        Status = QemuVmDiskStatus.Defined,
        Persisted = persisted,
    };

    private static QemuVmDisk Measure(QemuVmDisk disk)
    {
        try
        {
            return disk.DiskPath is { } path && DiskReader.TryReadHeader(path, disk.Format, out var image)
                ? disk with { SizeBytes = image.SizeBytes, FileSizeBytes = image.FileSizeBytes }
                : disk;
        }
        catch (QemuException)
        {
            // An image that is gone has no size; the start says so, and so does Get-QemuDisk.
            return disk;
        }
    }

    private static QemuVmDisk Add(QemuVmDisk disk, LiveDrive live, IReadOnlyList<JsonElement> nodes, RuntimeMarks marks)
    {
        disk = disk with
        {
            Bus = disk.Persisted ? disk.Bus : live.Bus,
            IsLocked = live.Block.GetProperty("locked").GetBoolean(),
            Medium = (live.IsRemovable, live.IsTrayOpen, live.Inserted) switch
            {
                (false, _, _) => QemuVmMedium.Fixed,
                (_, true, _) => QemuVmMedium.TrayOpen,
                (_, _, null) => QemuVmMedium.Empty,
                _ => QemuVmMedium.Inserted,
            },
            Status = QemuVmDiskStatus.Attached,
            DiskPath = null,
            Format = null,
        };
        if (live.Inserted is not { } inserted) return disk;

        disk = disk with
        {
            NodeName = live.Node,
            // What a guest keeps of a disk whose image was taken away stands for no file.
            DiskPath = live.Node == DriveNodes.Gone(live.Id) ? null : inserted.GetProperty("file").GetString(),
            Format = inserted.GetProperty("drv").GetString(),
            SizeBytes = inserted.GetProperty("image").GetProperty("virtual-size").GetUInt64(),
            FileSizeBytes = FileSize(inserted.GetProperty("file").GetString()!, nodes),
            ReadOnly = inserted.GetProperty("ro").GetBoolean(),
            MaximumIops = Limit(inserted, "iops"),
            MaximumBytesPerSecond = Limit(inserted, "bps"),
        };
        return disk with { Status = Status(disk, live, marks) };
    }

    private static QemuVmDiskStatus Status(QemuVmDisk disk, LiveDrive live, RuntimeMarks marks)
    {
        if (marks.Has(RuntimeMarks.Unplugging, disk.Id)) return QemuVmDiskStatus.PendingGuest;
        var word = live.Block.TryGetProperty("io-status", out var status) ? status.GetString() : "ok";
        if (word != "ok") return word == "nospace" ? QemuVmDiskStatus.NoSpace : QemuVmDiskStatus.Failed;
        return CapacityWarning.IsReached(disk) ? QemuVmDiskStatus.NearlyFull : QemuVmDiskStatus.Attached;
    }

    private static ulong? FileSize(string path, IReadOnlyList<JsonElement> nodes)
    {
        var file = nodes.FirstOrDefault(node => node.GetProperty("drv").GetString() == "file" && node.GetProperty("file").GetString() == path);
        return file.ValueKind == JsonValueKind.Object && file.TryGetProperty("image", out var image) ? image.GetProperty("virtual-size").GetUInt64() : LengthOf(path);
    }

    private static ulong? LengthOf(string path) => File.Exists(path) ? (ulong)new FileInfo(path).Length : null;

    private static ulong? Limit(JsonElement inserted, string name) => inserted.GetProperty(name).GetUInt64() is > 0 and var limit ? limit : null;
}
