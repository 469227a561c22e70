using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// A disk that others are overlays of must not be written: what they show would change under them, and nothing of QEMU's
/// says a word. Looked for are overlays beside the disk and the disks of the store's other machines.
/// </summary>
internal static class OverlayPreflight
{
    private const string Category = "Drive";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        var disks = subject.Definition.Drives
            .Where(drive => drive is { Kind: VmDriveKind.Disk, ReadOnly: false, Path: not null } && File.Exists(drive.Path))
            .Select(drive => drive.Path!).ToList();
        if (disks.Count == 0) yield break;

        var overlays = DiskOverlays.In(disks.Select(disk => Path.GetDirectoryName(disk)!).Distinct(), withSubfolders: false, NoFeedback.Instance, CancellationToken.None);
        foreach (var disk in disks)
        {
            const string name = "Overlays";
            if (overlays.Of(disk) is { Count: > 0 } beside) yield return Refuse(name, disk, $"'{beside[0].Path}' is an overlay of it", beside[0].Path);
            else if (DiskUse.MachinesAbove(subject.Machine.Store, disk).FirstOrDefault(machine => machine != subject.Machine.Name) is { } above) yield return Refuse(name, disk, $"a disk of '{above}' is an overlay of it", null);
            else yield return PreflightFinding.Pass(Category, name, $"Nothing is known to stand on '{disk}'.");
        }
    }

    private static PreflightFinding Refuse(string name, string disk, string why, string? overlay) => PreflightFinding.Fail(
        Category, name, ErrorId.DiskHasOverlays, $"The disk image '{disk}' must not be written: {why}, and would be worthless.",
        "Start the machine with the overlay, merge or remove the overlay first, or go on from a linked copy (Copy-QemuVm -Linked); -NoPreflight starts it all the same.",
        overlay is null ? null : $"Merge-QemuDisk {ShellQuoting.PowerShell([overlay])}");
}
