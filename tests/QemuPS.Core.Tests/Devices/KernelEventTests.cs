using System.Runtime.InteropServices;
using System.Text;
using FsCheck.Xunit;
using QemuPS.Devices;

namespace QemuPS.Tests.Devices;

public sealed partial class KernelEventTests
{
    private const string Trigger = "/sys/devices/virtual/mem/null/uevent";
    private const string Bind = "bind@/devices/usb1/1-1\0ACTION=bind\0DEVPATH=/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0SEQNUM=7\0";

    [Fact]
    public void A_message_of_the_kernel_is_read() =>
        Assert.Equal(new KernelEvent("bind", "/sys/devices/usb1/1-1", "usb", "usb_device"), Parse(Bind));

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("libudev\0\u00fe\u00ed\u00ca\u00fe\0")]
    [InlineData("add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=usb")]
    [InlineData("add@/devices/x\0ACTION=remove\0DEVPATH=/devices/x\0SUBSYSTEM=usb\0")]
    [InlineData("add@/devices/x\0ACTION=add\0DEVPATH=/devices/y\0SUBSYSTEM=usb\0")]
    [InlineData("add@/devices/../etc\0ACTION=add\0DEVPATH=/devices/../etc\0SUBSYSTEM=usb\0")]
    [InlineData("add@devices/x\0ACTION=add\0DEVPATH=devices/x\0SUBSYSTEM=usb\0")]
    [InlineData("add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0")]
    [InlineData("a\u001b[2J@/devices/x\0ACTION=a\u001b[2J\0DEVPATH=/devices/x\0SUBSYSTEM=usb\0")]
    public void What_is_no_message_of_the_kernel_is_none(string text) => Assert.Null(Parse(text));

    [Property(MaxTest = 500)]
    public void No_bytes_are_an_error(byte[] bytes)
    {
        var parsed = KernelEvent.Parse(bytes ?? []);

        Assert.True(parsed is null || parsed.SysfsPath.StartsWith("/sys/", StringComparison.Ordinal));
    }

    [Property(MaxTest = 500)]
    public void No_mutation_of_a_message_is_an_error(int at, byte value)
    {
        var bytes = Encoding.UTF8.GetBytes(Bind);
        bytes[(int)((uint)at % bytes.Length)] = value;

        var parsed = KernelEvent.Parse(bytes);

        Assert.DoesNotContain($"{parsed?.Action}{parsed?.SysfsPath}{parsed?.Subsystem}{parsed?.DeviceType}", char.IsControl);
    }

    [Fact]
    public async Task The_kernel_is_heard_and_a_process_that_says_the_same_is_not()
    {
        if (!CanTrigger()) return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var events = KernelEvents.TryOpen(out var reason)!;
        Assert.Null(reason);

        Assert.True(Forge(events.Port, "change@/devices/forged\0ACTION=change\0DEVPATH=/devices/forged\0SUBSYSTEM=mem\0") > 0);
        await File.WriteAllTextAsync(Trigger, "change", limit.Token);

        await foreach (var told in events.ReadAllAsync(limit.Token))
        {
            Assert.NotEqual("/sys/devices/forged", told?.SysfsPath);
            if (told is not { Subsystem: "mem" }) continue;
            Assert.Equal(new KernelEvent("change", "/sys/devices/virtual/mem/null", "mem", null), told);
            return;
        }

        Assert.Fail("the kernel was not heard");
    }

    private static KernelEvent? Parse(string text) => KernelEvent.Parse(Encoding.Latin1.GetBytes(text));

    // Only root may make the kernel tell, and not in every container.
    private static bool CanTrigger()
    {
        try
        {
            using var file = File.OpenWrite(Trigger);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static nint Forge(uint port, string text)
    {
        var socket = Socket(16, 2, 15);
        var address = new byte[12];
        address[0] = 16;
        BitConverter.TryWriteBytes(address.AsSpan(4), port);
        var bytes = Encoding.Latin1.GetBytes(text);
        return SendTo(socket, bytes, bytes.Length, 0, address, address.Length);
    }

    [DllImport("libc", EntryPoint = "socket")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Socket(int family, int type, int protocol);

    [DllImport("libc", EntryPoint = "sendto")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SendTo(int socket, byte[] bytes, nint length, int flags, byte[] address, int addressLength);
}
