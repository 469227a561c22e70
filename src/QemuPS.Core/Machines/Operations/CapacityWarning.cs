using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// Tells when an image has grown beyond a part of the disk it stands for: QEMU watches the place of every write in the
/// file and tells the first one beyond a threshold, once (block-set-write-threshold, event BLOCK_WRITE_THRESHOLD).
/// </summary>
internal static class CapacityWarning
{
    /// <summary>QEMU's name of the event.</summary>
    public const string EventName = "BLOCK_WRITE_THRESHOLD";

    private const ulong Whole = 100;

    /// <summary>The image has grown beyond the mark.</summary>
    public static bool IsReached(QemuVmDisk disk) =>
        disk is { WarnAtPercent: { } percent, SizeBytes: { } size, FileSizeBytes: { } file } && file >= Place(size, percent);

    /// <summary>Throws where the place of a write says nothing about how full an image is.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/></exception>
    public static void RequireGrowing(string id, string? format)
    {
        if (format is null or "raw")
        {
            throw new QemuException(ErrorId.NotSupported, $"'{id}' is not an image that grows: where it is written says nothing about how full it is.", "Convert-QemuDisk -Format Qcow2 makes one that grows.");
        }
    }

    /// <summary>Sets the threshold: at the mark, or at the next hundredth where the image has grown beyond it.</summary>
    /// <param name="connection">QEMU.</param>
    /// <param name="disk">The drive as it is now.</param>
    /// <param name="percent">The mark; null for none.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task ArmAsync(QmpConnection connection, QemuVmDisk disk, int? percent, CancellationToken cancellation)
    {
        var nodes = await new LiveDrives(connection, cancellation).NodesAsync().ConfigureAwait(false);
        var file = nodes.First(node => node.GetProperty("drv").GetString() == "file" && node.GetProperty("file").GetString() == disk.DiskPath);
        var threshold = percent is { } mark ? Threshold(disk.SizeBytes!.Value, disk.FileSizeBytes ?? 0, mark) : 0;
        await SetAsync(connection, LiveDrives.NameOf(file), threshold, cancellation).ConfigureAwait(false);
    }

    /// <summary>The warning for a machine that starts with an image beyond its mark; null where it is not.</summary>
    public static string? Describe(QemuVmDisk disk) => IsReached(disk)
        ? $"The image of '{disk.Id}' of '{disk.VmName}' has grown to {(ulong)((UInt128)disk.FileSizeBytes!.Value * Whole / disk.SizeBytes!.Value)} % of the disk ('{disk.DiskPath}')."
        : null;

    /// <summary>Sets the threshold anew after the event, at the next hundredth: QEMU has forgotten it.</summary>
    /// <param name="connection">QEMU.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="told">The event's data.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task RearmAsync(QmpConnection connection, Machine machine, JsonElement told, CancellationToken cancellation)
    {
        var node = told.GetProperty("node-name").GetString()!;
        var drives = new LiveDrives(connection, cancellation);
        var nodes = await drives.NodesAsync().ConfigureAwait(false);
        var path = nodes.FirstOrDefault(each => LiveDrives.NameOf(each) == node) is { ValueKind: JsonValueKind.Object } file ? file.GetProperty("file").GetString() : null;
        var drive = (await drives.ReadAsync().ConfigureAwait(false)).FirstOrDefault(each => each.Inserted?.GetProperty("file").GetString() == path);
        if (drive is null || machine.Load().Drives.FirstOrDefault(each => each.Id == drive.Id)?.WarnAtPercent is not { } percent) return;
        var size = drive.Inserted!.Value.GetProperty("image").GetProperty("virtual-size").GetUInt64();
        var written = told.GetProperty("write-threshold").GetUInt64() + told.GetProperty("amount-exceeded").GetUInt64();
        await SetAsync(connection, node, Threshold(size, written, percent), cancellation).ConfigureAwait(false);
    }

    /// <summary>The place in the file to watch for: the mark, or the next hundredth beyond what is written. An image can outgrow its disk by its tables.</summary>
    internal static ulong Threshold(ulong size, ulong written, int percent) =>
        written < Place(size, percent) ? Place(size, percent) : Place(size, (int)((UInt128)written * Whole / size) + 1);

    private static ulong Place(ulong size, int percent) => (ulong)((UInt128)size * (ulong)percent / Whole);

    private static Task<JsonElement> SetAsync(QmpConnection connection, string node, ulong threshold, CancellationToken cancellation) =>
        connection.ExecuteAsync("block-set-write-threshold", new JsonObject { ["node-name"] = node, ["write-threshold"] = threshold }, Machine.AnswerTimeout, cancellation);
}
