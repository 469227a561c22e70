using System.Diagnostics;
using System.Security.Cryptography;
using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Tests.Disks;

/// <summary>
/// The tool is killed with SIGKILL at random moments of its work. Whatever it was doing, what a guest reads of every image
/// that was there before is the same as before, and a new image is complete or not there.
/// </summary>
public sealed class KilledToolTests : IDisposable
{
    private const int Moments = 20;
    private const int ContentMiB = 48;
    private readonly string _folder = Directory.CreateTempSubdirectory("qpskill").FullName;
    private readonly Random _random = new(20261124);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Convert_killed_leaves_the_source_and_no_destination()
    {
        var source = Content("source.qcow2", "qcow2", 1);
        var before = Hash(source);
        var target = PathOf("copy.raw");
        var request = new ConversionRequest { SourcePath = source, DestinationPath = target, Format = DiskFormat.Raw };

        await KillAtRandomMoments(
            async () =>
            {
                using var conversion = await DiskConversion.PrepareAsync(request, NoFeedback.Instance, default);
                await conversion.RunAsync(NoFeedback.Instance, default);
            },
            () =>
            {
                Assert.Equal(before, Hash(source));
                if (File.Exists(target)) RequireSameForGuest(source, target);
                File.Delete(target);
            });
    }

    [Fact]
    public async Task Optimize_killed_leaves_the_image()
    {
        var image = Content("image.qcow2", "qcow2", 2);
        var original = Copy(image, "original.qcow2");

        await KillAtRandomMoments(
            async () =>
            {
                using var optimization = await DiskOptimization.PrepareAsync(image, false, null, NoFeedback.Instance, default);
                await optimization.RunAsync(NoFeedback.Instance, default);
            },
            () => RequireSameForGuest(original, image));
    }

    [Fact]
    public async Task Merge_killed_leaves_what_a_guest_reads_of_the_overlay()
    {
        var original = Content("original.qcow2", "qcow2", 3);
        var lower = PathOf("base.qcow2");
        var overlay = PathOf("overlay.qcow2");

        await KillAtRandomMoments(
            async () =>
            {
                using var merge = await DiskMerge.PrepareAsync(new MergeRequest { Path = overlay }, NoFeedback.Instance, default);
                await merge.RunAsync(NoFeedback.Instance, default);
            },
            () => RequireSameForGuest(original, overlay),
            before: () =>
            {
                Run("create", "-q", "-f", "qcow2", lower, $"{ContentMiB}M");
                Run("convert", "-f", "qcow2", "-O", "qcow2", "-B", lower, "-F", "qcow2", original, overlay);
            });
    }

    [Fact]
    public async Task Rebase_killed_leaves_what_a_guest_reads()
    {
        var original = Content("original.qcow2", "qcow2", 4);
        var other = PathOf("other.qcow2");
        var overlay = PathOf("overlay.qcow2");
        Run("create", "-q", "-f", "qcow2", other, $"{ContentMiB}M");

        await KillAtRandomMoments(
            async () =>
            {
                using var rebase = await DiskRebase.PrepareAsync(new RebaseRequest { Path = overlay, BackingPath = other }, NoFeedback.Instance, default);
                await rebase.RunAsync(NoFeedback.Instance, default);
            },
            () => RequireSameForGuest(original, overlay),
            before: () => Run("create", "-q", "-f", "qcow2", "-b", original, "-F", "qcow2", overlay));
    }

    private async Task KillAtRandomMoments(Func<Task> work, Action verify, Action? before = null)
    {
        before?.Invoke();
        var watch = Stopwatch.StartNew();
        await work();
        var whole = watch.Elapsed;
        verify();

        var killed = 0;
        for (var attempt = 0; killed < Moments && attempt < 20 * Moments; attempt++)
        {
            before?.Invoke();
            var running = work();
            if (await KillTool(whole * _random.NextDouble())) killed++;
            // It had ended before its time: the machine is quicker now than it was at first.
            else whole *= 0.9;
            var error = await Record.ExceptionAsync(() => running);
            Assert.True(error is null or QemuException, error?.ToString());
            verify();
            Assert.Empty(Directory.EnumerateFileSystemEntries(_folder, ".qemups-*"));
        }

        Assert.Equal(Moments, killed);
    }

    // The tool that works on our folder is killed when it has had its time; false where it had ended before.
    private async Task<bool> KillTool(TimeSpan after)
    {
        await Task.Delay(after);
        foreach (var id in ProcessTable.All().Where(id => ProcessTable.CommandLine(id) is [var program, ..] words && program.EndsWith("qemu-img", StringComparison.Ordinal) && words.Any(word => word.StartsWith(_folder, StringComparison.Ordinal))))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
                return true;
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                return false;
            }
        }

        return false;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Content(string name, string format, int seed)
    {
        var raw = PathOf("content.raw");
        var bytes = new byte[ContentMiB << 20];
        new Random(seed).NextBytes(bytes);
        File.WriteAllBytes(raw, bytes);
        Run("convert", "-f", "raw", "-O", format, raw, PathOf(name));
        File.Delete(raw);
        return PathOf(name);
    }

    private string Copy(string path, string name)
    {
        File.Copy(path, PathOf(name));
        return PathOf(name);
    }

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    private static void RequireSameForGuest(string one, string other) => Run("compare", one, other);

    private static void Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("qemu-img", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}: {said}");
    }
}
