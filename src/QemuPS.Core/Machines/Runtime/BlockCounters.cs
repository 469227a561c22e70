using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>What a guest has read and written since QEMU started, and what failed.</summary>
/// <param name="ReadBytes">Read from all drives.</param>
/// <param name="WrittenBytes">Written to all drives.</param>
/// <param name="Errors">Operations that failed.</param>
internal readonly record struct BlockCounters(ulong ReadBytes, ulong WrittenBytes, ulong Errors)
{
    private static readonly string[] Failures = ["failed_rd_operations", "failed_wr_operations", "failed_flush_operations", "failed_unmap_operations"];

    /// <summary>The sums over all drives of <c>query-blockstats</c> (qapi/block-core.json, BlockDeviceStats).</summary>
    public static BlockCounters From(JsonElement drives)
    {
        var sums = default(BlockCounters);
        foreach (var drive in drives.EnumerateArray())
        {
            var stats = drive.GetProperty("stats");
            sums = new BlockCounters(
                sums.ReadBytes + stats.GetProperty("rd_bytes").GetUInt64(),
                sums.WrittenBytes + stats.GetProperty("wr_bytes").GetUInt64(),
                sums.Errors + (ulong)Failures.Sum(name => (decimal)stats.GetProperty(name).GetUInt64()));
        }

        return sums;
    }
}
