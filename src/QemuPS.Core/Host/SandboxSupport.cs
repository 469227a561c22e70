using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>Whether a QEMU was built with its sandbox (libseccomp).</summary>
public static class SandboxSupport
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Asks QEMU itself, once for each version of its file.</summary>
    /// <param name="qemu">The QEMU.</param>
    /// <param name="cacheFolder">A folder of this user where the answer is kept.</param>
    /// <param name="cancellation">Stops the question.</param>
    public static async Task<bool> IsBuiltInAsync(Tool qemu, string cacheFolder, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        var key = $"{qemu.Path} {File.GetLastWriteTimeUtc(qemu.Path):O} {new FileInfo(qemu.Path).Length}";
        var cache = Path.Combine(cacheFolder, $"sandbox-{qemu.Name}.txt");
        if (File.Exists(cache) && File.ReadAllText(cache) is var known && known.StartsWith(key + "\n", StringComparison.Ordinal)) return known.EndsWith("yes", StringComparison.Ordinal);

        // Options are read from left to right: -version ends QEMU with 0 if it gets there (system/vl.c).
        var result = await qemu.RunAsync(["-sandbox", "on", "-version"], Limit, cancellation).ConfigureAwait(false);
        AtomicFile.Write(cache, System.Text.Encoding.UTF8.GetBytes($"{key}\n{(result.ExitCode == 0 ? "yes" : "no")}"));
        return result.ExitCode == 0;
    }
}
