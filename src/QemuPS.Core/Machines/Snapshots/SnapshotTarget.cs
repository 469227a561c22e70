namespace QemuPS.Machines;

/// <summary>A snapshot to go back to: one of the document, or one that somebody else has taken of all of the machine's images.</summary>
/// <param name="Record">The snapshot.</param>
/// <param name="HasMemory">It has the guest's memory.</param>
internal sealed record SnapshotTarget(SnapshotRecord Record, bool HasMemory)
{
    /// <summary>Finds it, whole.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/>, also where an image does not have it any more.</exception>
    public static async Task<SnapshotTarget> FindAsync(Machine machine, string name, IFeedback feedback, CancellationToken cancellation)
    {
        // What is odd about the others need not be heard now.
        var found = await MachineSnapshotReader.RequireAsync(machine, name, NoFeedback.Instance, cancellation).ConfigureAwait(false);
        var record = new SnapshotFile(machine).Read().Find(name) ?? new SnapshotRecord
        {
            Name = name,
            CreationTime = found.CreationTime,
            Images = SnapshotImages.RequireQcow2(machine, machine.Load()),
        };
        var missing = record.Images.Where(image => !found.DiskPaths.Contains(image.Path)).ToList();
        if (missing.Count > 0)
        {
            throw new QemuException(
                ErrorId.SnapshotNotFound,
                $"{string.Join(", ", missing.Select(image => $"'{image.Path}'"))} of '{machine.Name}' does not have the snapshot '{name}': the disks would be of different times.",
                $"Restore-QemuSnapshot {string.Join(",", found.DiskPaths.Select(Processes.ShellQuoting.PowerShell))} {Processes.ShellQuoting.PowerShell(name)}   # those images alone");
        }

        var without = SnapshotImages.Of(machine.Load()).Where(image => record.Images.All(other => other.Drive != image.Drive)).ToList();
        if (without.Count > 0) feedback.Warning($"{string.Join(", ", without.Select(image => $"'{image.Drive}'"))} of '{machine.Name}' came after the snapshot '{name}' and stays as it is.");
        return new SnapshotTarget(record, found.VmStateSizeBytes > 0);
    }
}
