using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>Puts overlays on the disks of a running machine, and merges them into what they stand on (docs/interop/live-block-operations.rst of QEMU).</summary>
/// <param name="live">The running machine.</param>
internal sealed class LiveOverlays(LiveSnapshots live)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The guest's writes go into the overlays from one moment on: into all of them, or into none.</summary>
    /// <param name="name">The snapshot.</param>
    /// <param name="images">The images, each with an overlay that has been made.</param>
    /// <param name="cancellation">Stops it before that moment.</param>
    public async Task PutAsync(string name, IReadOnlyList<SnapshotImage> images, CancellationToken cancellation)
    {
        var nodes = await live.NodesAsync(images, cancellation).ConfigureAwait(false);
        // Names that no other snapshot's nodes have while QEMU runs.
        var overlays = images.Select(_ => $"overlay-{Guid.NewGuid():N}"[..20]).ToList();
        try
        {
            foreach (var (image, node) in images.Zip(overlays)) await OpenAsync(node, image.OverlayPath!, cancellation).ConfigureAwait(false);
            await live.TransactAsync(
                name,
                nodes.Zip(overlays, (node, overlay) => new JsonObject { ["type"] = "blockdev-snapshot", ["data"] = new JsonObject { ["node"] = node, ["overlay"] = overlay } }),
                cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id != ErrorId.QmpOutcomeUnknown)
        {
            foreach (var node in overlays) await CloseAsync(node).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes an overlay's content into the image that it stands on, and takes it out of the chain.</summary>
    /// <param name="overlay">The overlay.</param>
    /// <param name="image">What it stands on.</param>
    /// <param name="reference">How what stands on the overlay shall name the image in its header.</param>
    /// <param name="feedback">Hears of the progress.</param>
    /// <param name="cancellation">Cancels the merge; the overlay stays.</param>
    /// <returns>False where the running QEMU does not have the overlay open.</returns>
    public async Task<bool> MergeAsync(string overlay, string image, string reference, IFeedback feedback, CancellationToken cancellation)
    {
        var nodes = await NodesAsync(cancellation).ConfigureAwait(false);
        if (FormatNode(nodes, overlay) is not { } from) return false;
        var into = FormatNode(nodes, image) ?? throw new QemuException(ErrorId.LiveChangeFailed, $"The running QEMU does not have '{image}' open.");
        var devices = await live.NodesByPathAsync(cancellation).ConfigureAwait(false);
        var isOnTop = devices.ContainsKey(overlay);
        var top = isOnTop ? from : TopAbove(nodes, devices.Values, from);
        var job = new BlockJob(live.Connection, "qemups-snapshot-merge", $"Merging {Path.GetFileName(overlay)}", feedback);
        var arguments = new JsonObject { ["job-id"] = job.Id, ["device"] = top, ["base-node"] = into };
        if (!isOnTop)
        {
            arguments["top-node"] = from;
            arguments["backing-file"] = reference;
        }

        await ExecuteAsync("block-commit", arguments, cancellation).ConfigureAwait(false);
        await job.CompleteAsync(ProgressInterval, cancellation).ConfigureAwait(false);
        // Nodes that were made by name stay open until somebody closes them.
        await CloseAsync(from).ConfigureAwait(false);
        if (nodes.FirstOrDefault(node => Text(node, "drv") == "file" && Text(node, "file") == overlay) is { ValueKind: JsonValueKind.Object } file) await CloseAsync(Text(file, "node-name")!).ConfigureAwait(false);
        return true;
    }

    private async Task OpenAsync(string node, string path, CancellationToken cancellation)
    {
        await ExecuteAsync("blockdev-add", new JsonObject { ["driver"] = "file", ["node-name"] = $"{node}-file", ["filename"] = path }, cancellation).ConfigureAwait(false);
        await ExecuteAsync("blockdev-add", new JsonObject { ["driver"] = "qcow2", ["node-name"] = node, ["file"] = $"{node}-file", ["backing"] = null }, cancellation).ConfigureAwait(false);
    }

    private async Task CloseAsync(string node)
    {
        foreach (var name in new[] { node, $"{node}-file" })
        {
            try
            {
                await live.Connection.ExecuteAsync("blockdev-del", new JsonObject { ["node-name"] = name }, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
            }
            catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed && error.Message.Contains("Failed to find node", StringComparison.Ordinal))
            {
                // It is closed, or was never open.
            }
        }
    }

    private async Task<IReadOnlyList<JsonElement>> NodesAsync(CancellationToken cancellation)
    {
        var nodes = await live.Connection.ExecuteAsync("query-named-block-nodes", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return [.. nodes.EnumerateArray()];
    }

    private static string? FormatNode(IEnumerable<JsonElement> nodes, string path) =>
        nodes.Where(node => Text(node, "drv") != "file" && Image(node) == path).Select(node => Text(node, "node-name")).FirstOrDefault();

    // The node that a device has, in whose chain the other one is.
    private static string TopAbove(IReadOnlyList<JsonElement> nodes, IEnumerable<string> tops, string below)
    {
        var path = Image(nodes.First(node => Text(node, "node-name") == below));
        return tops.First(top =>
        {
            var image = nodes.First(node => Text(node, "node-name") == top).GetProperty("image");
            while (image.TryGetProperty("backing-image", out var backing))
            {
                image = backing;
                if (LiveSnapshots.ImageOf(image.GetProperty("filename").GetString()!) == path) return true;
            }

            return false;
        });
    }

    private static string Image(JsonElement node) => LiveSnapshots.ImageOf(Text(node, "file")!);

    private static string? Text(JsonElement node, string member) => node.TryGetProperty(member, out var value) ? value.GetString() : null;

    private async Task ExecuteAsync(string command, JsonObject arguments, CancellationToken cancellation)
    {
        try
        {
            await live.Connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, error.Message, inner: error);
        }
    }
}
