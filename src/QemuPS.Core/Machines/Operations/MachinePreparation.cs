using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// What a definition asks for and no argument of QEMU can say: limits of drives, warnings, links that are down. It is told
/// to QEMU when it has started, before the guest runs its first instruction.
/// </summary>
internal static class MachinePreparation
{
    /// <summary>There is something to tell: QEMU has to start with the guest stopped.</summary>
    public static bool IsNeeded(VmDefinition definition) =>
        definition.Drives.Any(drive => drive.MaximumIops is not null || drive.MaximumBytesPerSecond is not null || drive.WarnAtPercent is not null)
        || definition.NetworkAdapters.Any(adapter => adapter.LinkState == VmLinkState.Down);

    /// <summary>Tells it.</summary>
    /// <param name="machine">The machine, its guest stopped.</param>
    /// <param name="definition">What it is.</param>
    /// <param name="resume">The guest goes on then.</param>
    /// <param name="feedback">Hears of images that are nearly full.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task ApplyAsync(Machine machine, VmDefinition definition, bool resume, IFeedback feedback, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        await LimitDrivesAsync(connection, definition, cancellation).ConfigureAwait(false);
        await ArmWarningsAsync(machine, connection, definition, feedback, cancellation).ConfigureAwait(false);
        foreach (var adapter in definition.NetworkAdapters.Where(adapter => adapter.LinkState == VmLinkState.Down))
        {
            await AdapterLink.SetAsync(machine, connection, adapter.Id, VmLinkState.Down, cancellation).ConfigureAwait(false);
        }

        if (resume) await connection.ExecuteAsync("cont", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
    }

    private static async Task LimitDrivesAsync(QmpConnection connection, VmDefinition definition, CancellationToken cancellation)
    {
        var live = await new LiveDrives(connection, cancellation).ReadAsync().ConfigureAwait(false);
        foreach (var drive in definition.Drives.Where(drive => drive.MaximumIops is not null || drive.MaximumBytesPerSecond is not null))
        {
            await MachineDriveSettings.LimitAsync(connection, live.First(each => each.Id == drive.Id), drive.MaximumIops, drive.MaximumBytesPerSecond, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task ArmWarningsAsync(Machine machine, QmpConnection connection, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        if (definition.Drives.All(drive => drive.WarnAtPercent is null)) return;
        foreach (var disk in await MachineDriveReader.ReadAsync(machine, connection, cancellation).ConfigureAwait(false))
        {
            if (disk.WarnAtPercent is not { } percent) continue;
            await CapacityWarning.ArmAsync(connection, disk, percent, cancellation).ConfigureAwait(false);
            if (CapacityWarning.Describe(disk) is { } words) feedback.Warning(words);
        }
    }
}
