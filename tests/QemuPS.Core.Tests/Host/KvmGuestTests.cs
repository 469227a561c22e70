using System.Diagnostics;
using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Tests.Host;

/// <summary>With the host's own /dev/kvm.</summary>
public sealed class KvmGuestTests
{
    // isa-debug-exit ends QEMU with (value << 1) | 1; the guest writes 0x10.
    private const int GuestRan = 33;

    private static bool CanOpen => KvmProbe.Examine().CanOpen;

    [Fact]
    public async Task KVM_works_where_QEMU_runs_the_same_guest_with_it_and_only_there()
    {
        if (!CanOpen) return;

        Assert.Equal(await QemuRunsItAsync(), KvmProbe.Examine().Works);
    }

    [Fact]
    public async Task The_guest_itself_is_sound_QEMU_runs_it_without_KVM() => Assert.True(await QemuRunsItAsync("tcg"));

    [Fact]
    public void A_guest_that_never_ends_is_stopped_when_its_time_is_over()
    {
        if (!CanOpen) return;
        using var kvm = File.OpenHandle(KvmProbe.Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var watch = Stopwatch.StartNew();

        // A jump to itself.
        var run = KvmGuest.Run(kvm, [0xeb, 0xfe], TimeSpan.FromMilliseconds(200));

        Assert.False(run.Ran);
        Assert.Contains("did not come to an end within 0.2 s", run.Outcome);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_guest_that_stops_elsewhere_has_not_run_and_it_is_said_where()
    {
        if (!CanOpen) return;
        using var kvm = File.OpenHandle(KvmProbe.Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

        // cli; hlt
        var run = KvmGuest.Run(kvm, [0xfa, 0xf4], TimeSpan.FromSeconds(5));

        Assert.False(run.Ran);
        Assert.Equal("the guest stopped with exit reason 5 at 0x2", run.Outcome);
    }

    [Fact]
    public void What_is_no_KVM_does_not_run_guests()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

        Assert.Contains("create a virtual machine", KvmGuest.Run(nothing, KvmGuest.Code, TimeSpan.FromSeconds(1)).Outcome);
    }

    [Fact]
    public void Looking_again_and_again_leaves_no_file_open()
    {
        if (!CanOpen) return;
        KvmProbe.Examine();
        var before = Directory.GetFiles("/proc/self/fd").Count(IsOfKvm);

        for (var i = 0; i < 20; i++) KvmProbe.Examine();

        Assert.Equal(before, Directory.GetFiles("/proc/self/fd").Count(IsOfKvm));
    }

    private static bool IsOfKvm(string descriptor) => new FileInfo(descriptor).LinkTarget?.Contains("kvm", StringComparison.Ordinal) == true;

    private static async Task<bool> QemuRunsItAsync(string accelerator = "kvm")
    {
        var rom = Path.GetTempFileName();
        try
        {
            var bytes = new byte[0x10000];
            KvmGuest.Code.CopyTo(bytes, 0);
            new byte[] { 0xE9, 0x0D, 0x00 }.CopyTo(bytes, 0xfff0);
            await File.WriteAllBytesAsync(rom, bytes);
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            string[] arguments = ["-accel", accelerator, "-m", "16", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-bios", rom, "-device", "isa-debug-exit,iobase=0xf4,iosize=1"];
            // After an internal error QEMU pauses and waits to be looked at.
            var result = await Tool.Find("qemu-system-x86_64").RunAsync(arguments, TimeSpan.FromSeconds(20), stop.Token, line =>
            {
                if (line.StartsWith("KVM internal error", StringComparison.Ordinal)) stop.Cancel();
            });
            return result.ExitCode == GuestRan;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            File.Delete(rom);
        }
    }
}
