using System.Security;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>The snapshots inside of an image (<c>qemu-img snapshot</c>).</summary>
public static class DiskSnapshots
{
    /// <summary>The snapshots of an image, the oldest first.</summary>
    /// <exception cref="QemuException">What <see cref="DiskReader.ReadAsync"/> throws.</exception>
    public static async Task<IReadOnlyList<QemuSnapshot>> ReadAsync(string path, IFeedback feedback, CancellationToken cancellation) =>
        Of(await DiskReader.ReadAsync(path, null, feedback, cancellation).ConfigureAwait(false));

    /// <summary>The snapshots of an image that has been read.</summary>
    public static IReadOnlyList<QemuSnapshot> Of(QemuDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return disk.Raw.TryGetValue("snapshots", out var value) && value is object[] snapshots
            ? [.. snapshots.Cast<IReadOnlyDictionary<string, object?>>().Select(snapshot => ToSnapshot(disk.Path, snapshot))]
            : [];
    }

    /// <summary>The snapshot of a name.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/></exception>
    public static QemuSnapshot Require(QemuDisk disk, string name)
    {
        var snapshots = Of(disk);
        return snapshots.FirstOrDefault(snapshot => snapshot.Name == name) ?? throw new QemuException(
            ErrorId.SnapshotNotFound,
            snapshots.Count == 0 ? $"'{disk.Path}' has no snapshots." : $"'{disk.Path}' has no snapshot '{name}', but {string.Join(", ", snapshots.Select(snapshot => $"'{snapshot.Name}'"))}.",
            $"Get-QemuSnapshot {ShellQuoting.PowerShell([disk.Path])}");
    }

    /// <summary>Takes a snapshot of an image that is not in use.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotExists"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.DiskLocked"/></exception>
    public static async Task<QemuSnapshot> CreateAsync(string path, string name, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        using var source = await OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        if (Of(source.Disk).Any(snapshot => snapshot.Name == name)) throw new QemuException(ErrorId.SnapshotExists, $"'{path}' has a snapshot '{name}' already.", "Use another name, or Remove-QemuSnapshot first.");
        await RunAsync(source, "-c", name, cancellation).ConfigureAwait(false);
        return Require(await DiskReader.ReadAsync(path, source.Disk.Format, feedback, cancellation).ConfigureAwait(false), name);
    }

    /// <summary>Puts an image back to a snapshot. What was written since is lost.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.DiskLocked"/></exception>
    public static async Task RestoreAsync(string path, string name, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        using var source = await OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        Require(source.Disk, name);
        await RunAsync(source, "-a", name, cancellation).ConfigureAwait(false);
    }

    /// <summary>Deletes a snapshot; the image's present content stays.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SnapshotNotFound"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.DiskLocked"/></exception>
    public static async Task RemoveAsync(string path, string name, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        using var source = await OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        Require(source.Disk, name);
        await RunAsync(source, "-d", name, cancellation).ConfigureAwait(false);
    }

    /// <summary>The command that does it, to be shown.</summary>
    /// <param name="option"><c>-c</c>, <c>-a</c> or <c>-d</c>.</param>
    /// <param name="name">The snapshot.</param>
    /// <param name="path">The image.</param>
    public static string Describe(string option, string name, string path) => QemuImg.Find().Describe(["snapshot", option, name, path]);

    private static async Task<SourceImage> OpenAsync(string path, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        DiskFile.RequireFile(path);
        DiskFile.RequireUnlocked(path);
        var source = await SourceImage.OpenAloneAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        if (source.Disk.Format == "qcow2") return source;
        source.Dispose();
        throw new QemuException(ErrorId.NotSupported, $"A {source.Disk.Format} image cannot have snapshots inside.", "Convert-QemuDisk -Format Qcow2 makes one that can; New-QemuDisk -BackingPath makes an overlay, which serves as well.");
    }

    private static Task<ToolResult> RunAsync(SourceImage source, string option, string name, CancellationToken cancellation) =>
        QemuImg.Find().RequireAsync(
            ["snapshot", "-q", .. source.SecretArguments, option, name, source.Reference.ToNameWithoutBacking()], source.Disk.Path, cancellation);

    private static QemuSnapshot ToSnapshot(string path, IReadOnlyDictionary<string, object?> snapshot) => new()
    {
        Name = (string)snapshot["name"]!,
        Id = (string)snapshot["id"]!,
        CreationTime = DateTimeOffset.FromUnixTimeSeconds((long)snapshot["date-sec"]!).AddTicks((long)snapshot["date-nsec"]! / TimeSpan.NanosecondsPerTick).LocalDateTime,
        VmStateSizeBytes = (ulong)(long)snapshot["vm-state-size"]!,
        Kind = QemuSnapshotKind.Internal,
        DiskPaths = [path],
    };
}
