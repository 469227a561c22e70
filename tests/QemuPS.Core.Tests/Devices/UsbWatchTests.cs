using System.Threading.Channels;
using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Tests.Devices;

public sealed class UsbWatchTests
{
    private const string Path = "/sys/devices/usb1/1-2";

    [Fact]
    public async Task A_device_is_told_when_its_drivers_have_it_and_not_before()
    {
        using var host = new RecordedHost().AddUsb("1");
        var told = await HearAsync(host, () => host.AddUsb("2"), new("add", Path, "usb", "usb_device"), new("bind", Path + "/1-2:1.0", "usb", "usb_interface"), new("bind", Path, "usb", "usb_device"));

        var one = Assert.Single(told);
        Assert.Equal((UsbAction.Add, "1-2"), (one.Action, one.BusId));
    }

    [Fact]
    public async Task A_device_that_changes_before_its_drivers_have_it_is_told_once()
    {
        using var host = new RecordedHost().AddUsb("1");
        var told = await HearAsync(host, () => host.AddUsb("2"), new("add", Path, "usb", "usb_device"), new("change", Path, "usb", "usb_device"), new("bind", Path, "usb", "usb_device"), new("change", Path, "usb", "usb_device"));

        Assert.Equal([UsbAction.Add, UsbAction.Change], told.Select(each => each.Action));
    }

    [Fact]
    public async Task What_was_unplugged_is_told_with_what_it_was()
    {
        using var host = new RecordedHost().AddUsb("2", attributes: [("serial", "A1")]);
        var told = await HearAsync(host, () => { }, new("change", Path, "usb", "usb_device"), new("remove", Path, "usb", "usb_device"), new("remove", Path, "usb", "usb_device"));

        Assert.Equal([UsbAction.Change, UsbAction.Remove], told.Select(each => each.Action));
        Assert.Equal("A1", told[1].Device.SerialNumber);
    }

    [Fact]
    public async Task After_messages_were_lost_it_looks_for_itself()
    {
        using var host = new RecordedHost().AddUsb("1");
        var told = await HearAsync(host, () => host.AddUsb("2"), (KernelEvent?)null);

        Assert.Equal([(UsbAction.Add, "1-2")], told.Select(each => (each.Action, each.BusId)));
    }

    [Fact]
    public async Task A_recorded_host_is_looked_at_and_that_is_said()
    {
        using var host = new RecordedHost().AddUsb("1");
        using var watch = UsbWatch.Begin(host.Root);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var told = new List<UsbDeviceEvent>();

        host.AddUsb("2");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.RunAsync(
            one =>
            {
                told.Add(one);
                limit.Cancel();
            },
            limit.Token));

        Assert.Contains("recorded host", watch.How, StringComparison.Ordinal);
        Assert.Equal([(UsbAction.Add, "1-2")], told.Select(each => (each.Action, each.BusId)));
    }

    [Fact]
    public void This_host_is_listened_to()
    {
        using var watch = UsbWatch.Begin(new SysfsRoot());

        Assert.Contains("netlink", watch.How, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hub", ErrorId.UsbDeviceIsHub)]
    [InlineData("mounted", ErrorId.UsbDeviceInUse)]
    [InlineData("keyboard", ErrorId.UsbDeviceInUse)]
    [InlineData("machine", ErrorId.UsbDeviceInUse)]
    public void A_reset_that_would_harm_is_refused(string what, ErrorId expected)
    {
        var device = UsbDevices.Absent("1-1")! with
        {
            DeviceNumber = 2,
            IsHub = what == "hub",
            MountPoints = what == "mounted" ? ["/media/x"] : [],
            IsOnlyKeyboard = what == "keyboard",
            AssignedVm = what == "machine" ? "web" : null,
        };

        Assert.Equal(expected, Assert.Throws<QemuException>(() => UsbReset.RequireHarmless(device)).Id);
    }

    [Fact]
    public void The_kernels_refusal_is_quoted()
    {
        var file = System.IO.Path.GetTempFileName();

        var error = Assert.Throws<QemuException>(() => UsbReset.Reset(file, UsbDevices.Absent("1-1")!));

        File.Delete(file);
        Assert.Equal(ErrorId.UsbResetFailed, error.Id);
        Assert.Contains("Inappropriate ioctl", error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<UsbDeviceEvent>> HearAsync(RecordedHost host, Action change, params KernelEvent?[] messages)
    {
        var channel = Channel.CreateUnbounded<KernelEvent?>();
        using var watch = new UsbWatch(host.Root, channel.Reader.ReadAllAsync, "test");
        change();
        foreach (var message in messages) channel.Writer.TryWrite(message);
        channel.Writer.Complete();
        var told = new List<UsbDeviceEvent>();
        await watch.RunAsync(told.Add, default);
        return told;
    }
}
