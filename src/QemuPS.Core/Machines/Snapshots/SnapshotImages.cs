using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The images of a machine that its snapshots are of: what the guest can write to.</summary>
internal static class SnapshotImages
{
    /// <summary>Those that the definition names: the disks that are not read-only, and the firmware's variables once they are there.</summary>
    public static IReadOnlyList<SnapshotImage> Of(VmDefinition definition) =>
    [
        .. definition.Drives.Where(drive => drive is { Kind: VmDriveKind.Disk, ReadOnly: false, Path: not null }).Select(drive => new SnapshotImage(drive.Id, drive.Path!, drive.Format)),
        .. definition.Firmware is { } firmware && File.Exists(firmware.VarsPath) ? [new SnapshotImage(SnapshotImage.Firmware, firmware.VarsPath, firmware.VarsFormat)] : Array.Empty<SnapshotImage>(),
    ];

    /// <summary>The same for a snapshot inside of them, which each has to be able to have.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> names the one that cannot.</exception>
    public static IReadOnlyList<SnapshotImage> RequireQcow2(Machine machine, VmDefinition definition)
    {
        var images = RequireAny(machine, definition);
        return images.FirstOrDefault(image => image.Format != "qcow2") is not { } other ? images : throw new QemuException(
            ErrorId.NotSupported,
            $"The disk '{other.Drive}' of '{machine.Name}' is a {other.Format} image, which cannot have snapshots inside: '{other.Path}'.",
            $"New-QemuSnapshot -Vm {ShellQuoting.PowerShell(machine.Name)} -External puts an overlay on it; Convert-QemuDisk {ShellQuoting.PowerShell(other.Path)} -Format Qcow2 makes an image that can.");
    }

    /// <summary>The same for an overlay on each of them.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> where there is nothing to take a snapshot of.</exception>
    public static IReadOnlyList<SnapshotImage> RequireAny(Machine machine, VmDefinition definition) =>
        Of(definition) is { Count: > 0 } images && images.Any(image => image.Drive != SnapshotImage.Firmware) ? images : throw new QemuException(
            ErrorId.NotSupported,
            definition.Drives.Any(drive => drive.Kind == VmDriveKind.Disk)
                ? $"All disks of '{machine.Name}' are read-only: there is nothing that a snapshot could bring back."
                : $"'{machine.Name}' has no disk, and it is the disks that snapshots are kept in.",
            $"(Get-QemuVm {ShellQuoting.PowerShell(machine.Name)}).Disks");

    /// <summary>The definition with other images in the same places.</summary>
    public static VmDefinition Place(VmDefinition definition, IReadOnlyList<SnapshotImage> images) => definition with
    {
        Drives = [.. definition.Drives.Select(drive => Of(images, drive.Id) is { } image ? drive with { Path = image.Path, Format = image.Format } : drive)],
        Firmware = Of(images, SnapshotImage.Firmware) is { } vars && definition.Firmware is { } firmware ? firmware with { VarsPath = vars.Path, VarsFormat = vars.Format } : definition.Firmware,
    };

    /// <summary>The snapshots inside of an image; none where it is not there, or of a format that has none.</summary>
    public static async Task<IReadOnlyList<QemuSnapshot>> SnapshotsInAsync(SnapshotImage image, IFeedback feedback, CancellationToken cancellation) =>
        image.Format == "qcow2" && File.Exists(image.Path)
            ? DiskSnapshots.Of(await DiskReader.ReadAsync(image.Path, image.Format, feedback, cancellation).ConfigureAwait(false))
            : [];

    /// <summary>Those of the images that have a snapshot of that name inside.</summary>
    public static async Task<IReadOnlyList<SnapshotImage>> WithAsync(IEnumerable<SnapshotImage> images, string name, IFeedback feedback, CancellationToken cancellation)
    {
        var found = new List<SnapshotImage>();
        foreach (var image in images)
        {
            var inside = await SnapshotsInAsync(image, feedback, cancellation).ConfigureAwait(false);
            if (inside.Any(snapshot => snapshot.Name == name)) found.Add(image);
        }

        return found;
    }

    private static SnapshotImage? Of(IEnumerable<SnapshotImage> images, string drive) => images.FirstOrDefault(image => image.Drive == drive);
}
