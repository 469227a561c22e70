using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The block nodes of a drive: one for the file, and one for the format on top of it (qapi/block-core.json, BlockdevOptions).</summary>
internal static class DriveNodes
{
    /// <summary>The end of the name of the node that the device has.</summary>
    private const string FormatEnd = "-format";

    /// <summary>The end of the name of the node for the file.</summary>
    private const string FileEnd = "-file";

    /// <summary>The node that the device has at the start.</summary>
    public static string Top(string id) => id + FormatEnd;

    /// <summary>The node for the file.</summary>
    public static string File(string id) => id + FileEnd;

    /// <summary>The node that fails whatever is asked of it, in the place of one that was taken away.</summary>
    public static string Gone(string id) => id + "-gone";

    /// <summary>Whether a node is one of ours for a drive: each begins with its id.</summary>
    public static bool IsOf(string node, string id) => node.StartsWith(id + "-", StringComparison.Ordinal);

    /// <summary>The node for the file, then the one for the format.</summary>
    /// <param name="drive">The drive; it has a path.</param>
    /// <param name="name">The beginning of the nodes' names; the drive's id unless another medium has them.</param>
    public static IReadOnlyList<JsonObject> Build(VmDrive drive, string? name = null)
    {
        name ??= drive.Id;
        var readOnly = drive.ReadOnly || drive.Kind == VmDriveKind.CdRom;
        var file = new JsonObject { ["driver"] = "file", ["node-name"] = File(name), ["filename"] = drive.Path, ["read-only"] = readOnly };
        var format = new JsonObject { ["driver"] = drive.Format, ["node-name"] = Top(name), ["file"] = File(name), ["read-only"] = readOnly };
        foreach (var node in new[] { file, format }) AddOptions(drive, node);
        return [file, format];
    }

    /// <summary>The device's part in it: whether it has a write cache that the guest has to flush; null for QEMU's own choice.</summary>
    public static string? WriteCache(VmDrive drive) => drive.Cache switch
    {
        null => null,
        VmDiskCache.Writethrough or VmDiskCache.Directsync => "off",
        _ => "on",
    };

    // What the old names mean is in docs/system/qemu-block-drivers of QEMU and in blockdev.c.
    private static void AddOptions(VmDrive drive, JsonObject node)
    {
        if (drive.Cache is { } cache)
        {
            node["cache"] = new JsonObject
            {
                ["direct"] = cache is VmDiskCache.None or VmDiskCache.Directsync,
                ["no-flush"] = cache == VmDiskCache.Unsafe,
            };
        }

        if (drive.Discard is { } discard) node["discard"] = discard == VmDiskDiscard.Unmap ? "unmap" : "ignore";
    }
}
