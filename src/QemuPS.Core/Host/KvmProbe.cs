using System.Text.Json;
using System.Text.Json.Serialization;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>What is known about KVM on this host.</summary>
/// <param name="Works">A guest really runs.</param>
/// <param name="Reason">Why it does not, as the end of a sentence; empty where it works.</param>
/// <param name="Fix">A command or sentence that helps, where there is one.</param>
/// <param name="CanOpen">This user can open <c>/dev/kvm</c>.</param>
public sealed record KvmVerdict(bool Works, string Reason, string? Fix = null, bool CanOpen = false);

/// <summary>
/// Finds out whether KVM runs guests here. That <c>/dev/kvm</c> opens proves little: inside some virtual machines it
/// opens, and every real guest stops at once with "KVM internal error". So a guest of a hundred bytes
/// (<c>KvmProbe.S</c>) is run once a boot and the outcome is kept.
/// </summary>
public static partial class KvmProbe
{
    // isa-debug-exit ends QEMU with (value << 1) | 1; the guest writes 0x10.
    private const int GuestRan = 33;
    private const int RomSize = 64 * 1024;
    private const string Device = "/dev/kvm";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly byte[] Guest = Convert.FromHexString(
        "FA2E660F011634000F20C06683C8010F22C066EA3A00FFFF080066900000000000000000FFFF0000" +
        "009BCF00FFFF00000093CF0017001C00FFFFB8100000008ED88ED00F20C083E0FB83C8020F22C00F" +
        "20E00D000600000F22E09BDBE3D9E8D9EBDEC10F57C031C00FA2B010E6F4F4EBFD");

    /// <summary>Examines KVM, or returns what was found earlier since the host was booted.</summary>
    /// <param name="qemu">The QEMU that shall use it.</param>
    /// <param name="cacheFolder">A folder of this user that does not survive a boot.</param>
    /// <param name="cancellation">Stops the probe.</param>
    public static async Task<KvmVerdict> ExamineAsync(Tool qemu, string cacheFolder, CancellationToken cancellation)
    {
        if (WhyNotOpen() is { } closed) return closed;

        var key = $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()} {qemu.Path} {File.GetLastWriteTimeUtc(qemu.Path):O}";
        var cache = Path.Combine(cacheFolder, "kvm-probe.json");
        if (ReadCache(cache) is { } known && known.Key == key) return known.Verdict;

        var verdict = await RunGuestAsync(qemu, cacheFolder, cancellation).ConfigureAwait(false);
        AtomicFile.Write(cache, JsonSerializer.SerializeToUtf8Bytes(new CachedVerdict(key, verdict), CacheJson.Default.CachedVerdict));
        return verdict;
    }

    private static KvmVerdict? WhyNotOpen()
    {
        try
        {
            using var device = File.OpenHandle(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return null;
        }
        catch (FileNotFoundException)
        {
            return new KvmVerdict(false, $"there is no {Device}: the processor's virtualisation is off in the firmware, or the module is not loaded", "sudo modprobe -a kvm_intel kvm_amd");
        }
        catch (UnauthorizedAccessException)
        {
            return new KvmVerdict(false, $"you may not open {Device}", "sudo usermod -aG kvm $USER   # then log in again");
        }
        catch (IOException error)
        {
            return new KvmVerdict(false, $"{Device} cannot be opened: {error.Message}");
        }
    }

    private static async Task<KvmVerdict> RunGuestAsync(Tool qemu, string folder, CancellationToken cancellation)
    {
        var rom = Path.Combine(folder, $"kvm-probe-{Guid.NewGuid():N}.rom");
        await File.WriteAllBytesAsync(rom, BuildRom(), cancellation).ConfigureAwait(false);
        try
        {
            return await RunQemuAsync(qemu, rom, cancellation).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(rom);
        }
    }

    private static async Task<KvmVerdict> RunQemuAsync(Tool qemu, string rom, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var words = new List<string>();
        try
        {
            var result = await qemu.RunAsync(
                [
                    "-accel", "kvm", "-m", "16", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                    "-bios", rom, "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
                ],
                Limit,
                stop.Token,
                line => Listen(line, words, stop)).ConfigureAwait(false);
            return result.ExitCode == GuestRan ? new KvmVerdict(true, "", CanOpen: true) : Broken(words, $"exit code {result.ExitCode}");
        }
        catch (QemuException error) when (error.Id == ErrorId.ToolTimeout)
        {
            return Broken(words, $"no answer within {Limit.TotalSeconds:0} s");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Broken(words, "stopped");
        }
    }

    // After an internal error QEMU pauses and waits to be looked at: there is nothing more to come.
    private static void Listen(string line, List<string> words, CancellationTokenSource stop)
    {
        words.Add(line);
        if (line.StartsWith("KVM internal error", StringComparison.Ordinal)) stop.Cancel();
    }

    private static KvmVerdict Broken(List<string> words, string otherwise)
    {
        var reason = words.LastOrDefault(word => !word.Contains("warning:", StringComparison.Ordinal)) ?? otherwise;
        return new KvmVerdict(false, $"KVM opens, but does not run a guest here ({reason})", CanOpen: true);
    }

    private static byte[] BuildRom()
    {
        var rom = new byte[RomSize];
        Guest.CopyTo(rom, 0);
        // The processor starts 16 bytes below the end: a jump from there to offset 0.
        byte[] jump = [0xE9, 0x0D, 0x00];
        jump.CopyTo(rom, RomSize - 16);
        return rom;
    }

    private static CachedVerdict? ReadCache(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), CacheJson.Default.CachedVerdict) : null;
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            // A cache that cannot be read is no cache.
            return null;
        }
    }

    private sealed record CachedVerdict(string Key, KvmVerdict Verdict);

    [JsonSerializable(typeof(CachedVerdict))]
    private sealed partial class CacheJson : JsonSerializerContext;
}
