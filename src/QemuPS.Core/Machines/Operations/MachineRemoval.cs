using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Removes machines.</summary>
public static class MachineRemoval
{
    /// <summary>The images of the machine's disks that are there.</summary>
    public static IReadOnlyList<string> DisksOf(Machine machine) =>
        machine.Load().Drives
            .Where(drive => drive is { Kind: VmDriveKind.Disk, Path: not null })
            .Select(drive => drive.Path!)
            .Where(File.Exists)
            .ToList();

    /// <summary>Removes the machine and the given images. A machine that runs stays, unless forced.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmProtected"/>, <see cref="ErrorId.VmRunning"/>, <see cref="ErrorId.DiskInUse"/>, <see cref="ErrorId.DiskLocked"/>,
    /// <see cref="ErrorId.FileSystemError"/>; nothing is removed then.</exception>
    public static async Task RemoveAsync(Machine machine, IReadOnlyList<string> disks, bool force, IFeedback feedback, CancellationToken cancellation)
    {
        RequireUnprotected(machine);
        if (machine.FindProcess() is not null && force) await MachineStop.TurnOffAsync(machine, feedback, cancellation).ConfigureAwait(false);

        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        if (machine.FindProcess() is { } process)
        {
            throw new QemuException(ErrorId.VmRunning, $"The machine '{machine.Name}' is running (pid {process}).", $"Stop-QemuVm '{machine.Name}'");
        }

        foreach (var disk in disks) DiskUse.RequireUnused(machine.Store, disk, except: machine.Name);
        // A disk that was not asked for stays, also where it lies in the machine's own folder.
        var kept = TryDisksOf(machine).Except(disks).ToArray();
        foreach (var disk in disks) DiskFile.Delete(disk);
        // Also one that lies elsewhere: without the machine it is of no use.
        SavedState.Discard(machine);
        machine.Store.Remove(machine.Name, kept);
        machine.Folder.Delete();
        held.DisposeAndRemove();
    }

    private static void RequireUnprotected(Machine machine)
    {
        if (!IsProtected(machine)) return;
        throw new QemuException(ErrorId.VmProtected, $"The machine '{machine.Name}' is protected.", $"Set-QemuVm {ShellQuoting.PowerShell(machine.Name)} -Protected:$false");
    }

    private static IReadOnlyList<string> TryDisksOf(Machine machine)
    {
        try
        {
            return DisksOf(machine);
        }
        catch (QemuException error) when (error.Id == ErrorId.InvalidDefinition)
        {
            // Which of the files are disks cannot be known: all stay but those of the definition.
            var path = machine.Store.PathOf(machine.Name);
            return [.. Directory.EnumerateFiles(machine.Store.FolderOf(machine.Name), "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(path, StringComparison.Ordinal))];
        }
    }

    private static bool IsProtected(Machine machine)
    {
        try
        {
            return machine.Load().Protected;
        }
        catch (QemuException error) when (error.Id == ErrorId.InvalidDefinition)
        {
            // A definition that is damaged has to go some way.
            return false;
        }
    }
}
