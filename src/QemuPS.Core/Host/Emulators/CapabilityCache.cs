using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>
/// What emulators can do, kept below <c>$XDG_CACHE_HOME/qemups</c>: it changes when a package does. An entry is good
/// for as long as the emulator's file and the folders of QEMU's modules have the size and the time they had.
/// </summary>
public static partial class CapabilityCache
{
    // Where distributions put QEMU's modules: a new one is a new display or device, though the emulator is the same.
    private static readonly string[] ModuleFolders = ["/usr/lib/x86_64-linux-gnu/qemu", "/usr/lib/aarch64-linux-gnu/qemu", "/usr/lib64/qemu", "/usr/lib/qemu", "/usr/local/lib/qemu"];
    private static readonly ConcurrentDictionary<string, QemuCapabilities> Known = new(StringComparer.Ordinal);

    /// <summary>What an emulator can do, from the cache, or asked now.</summary>
    /// <param name="qemu">The emulator.</param>
    /// <param name="feedback">Hears when it has to be asked, and why the cache cannot be used.</param>
    /// <param name="cancellation">Stops the question.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolFailed"/>, <see cref="ErrorId.ToolTimeout"/></exception>
    public static async Task<QemuCapabilities> GetAsync(Tool qemu, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(feedback);
        var key = KeyOf(qemu.Path);
        if (Known.TryGetValue(key, out var known)) return known;

        var file = FileOf(qemu.Path);
        if (Read(file, feedback) is { } entry && entry.Key == key) return Known[key] = entry.Capabilities;

        feedback.Verbose($"'{qemu.Path}' is asked what it can do.");
        var capabilities = await CapabilityQuery.AskAsync(qemu, cancellation).ConfigureAwait(false);
        Write(file, new Entry(key, capabilities), feedback);
        return Known[key] = capabilities;
    }

    /// <summary>What is known of an emulator already; null where it would have to be asked.</summary>
    public static QemuCapabilities? Find(Tool qemu)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        var key = KeyOf(qemu.Path);
        if (Known.TryGetValue(key, out var known)) return known;
        return Read(FileOf(qemu.Path), NoFeedback.Instance) is { } entry && entry.Key == key ? Known[key] = entry.Capabilities : null;
    }

    private static string Folder
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(cache, "qemups");
        }
    }

    private static string FileOf(string emulator)
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(emulator)), 0, 4).ToLowerInvariant();
        return Path.Combine(Folder, $"{Path.GetFileName(emulator)}-{hash}.json");
    }

    // Debian's qemu-system-i386 is a script that runs another file: its neighbour's folder has the real one's time.
    private static string KeyOf(string emulator)
    {
        var real = File.ResolveLinkTarget(emulator, returnFinalTarget: true)?.FullName ?? emulator;
        var stamps = ModuleFolders.Append("/usr/libexec").Where(Directory.Exists).Select(folder => Stamp(Directory.GetLastWriteTimeUtc(folder)));
        var length = new FileInfo(real).Length.ToString(CultureInfo.InvariantCulture);
        return string.Join(' ', [emulator, length, Stamp(File.GetLastWriteTimeUtc(real)), .. stamps]);
    }

    private static string Stamp(DateTime time) => time.Ticks.ToString("x", CultureInfo.InvariantCulture);

    private static Entry? Read(string file, IFeedback feedback)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), CacheJson.Default.Entry) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            feedback.Verbose($"'{file}' is not used: {error.Message}");
            return null;
        }
    }

    // Without a cache the emulator is asked each time: slower, and nothing else.
    private static void Write(string file, Entry entry, IFeedback feedback)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(entry, CacheJson.Default.Entry));
        }
        catch (Exception error) when (error is QemuException or IOException or UnauthorizedAccessException)
        {
            feedback.Verbose($"'{file}' is not written: {error.Message}");
        }
    }

    private sealed record Entry(string Key, QemuCapabilities Capabilities);

    [JsonSerializable(typeof(Entry))]
    private sealed partial class CacheJson : JsonSerializerContext;
}
