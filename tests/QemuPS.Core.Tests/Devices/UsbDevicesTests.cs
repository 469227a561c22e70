using FsCheck;
using FsCheck.Xunit;
using QemuPS.Devices.Usb;

namespace QemuPS.Tests.Devices;

public sealed class UsbDevicesTests
{
    [Fact]
    public void A_host_without_USB_has_no_devices()
    {
        using var host = new RecordedHost();

        Assert.Empty(UsbDevices.Read(host.Root));
    }

    [Fact]
    public void Devices_come_in_the_order_of_their_ports()
    {
        using var host = new RecordedHost().AddUsb("10").AddUsb("2").AddUsb("1");

        Assert.Equal(["1-1", "1-2", "1-10"], UsbDevices.Read(host.Root).Select(device => device.BusId));
    }

    [Fact]
    public void Text_from_a_device_cannot_steer_a_terminal()
    {
        using var host = new RecordedHost().AddUsb("1", attributes: [("product", "Key\u001b[2J\u001b]0;owned\u0007\u202e"), ("serial", "a\nb")]);

        var device = Assert.Single(UsbDevices.Read(host.Root));

        Assert.DoesNotContain(device.Product!, char.IsControl);
        Assert.DoesNotContain('\u202e', device.Product!);
        Assert.DoesNotContain(device.SerialNumber!, char.IsControl);
    }

    [Fact]
    public void Attributes_are_read_with_and_without_the_newline_a_recording_leaves_out()
    {
        using var host = new RecordedHost().AddUsb("1").Add("/sys/devices/usb1/1-1/serial", "ABC").Add("/sys/devices/usb1/1-1/product", "Stick\n");

        var device = Assert.Single(UsbDevices.Read(host.Root));

        Assert.Equal(("ABC", "Stick"), (device.SerialNumber, device.Product));
    }

    [Theory]
    [InlineData("idVendor", "")]
    [InlineData("idVendor", "zzzz")]
    [InlineData("devnum", "-1000000000000000")]
    [InlineData("busnum", "one")]
    public void A_device_that_makes_no_sense_is_left_out_and_the_others_stay(string attribute, string value)
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2").Add($"/sys/devices/usb1/1-1/{attribute}", value);

        Assert.Equal(["1-2"], UsbDevices.Read(host.Root).Select(device => device.BusId));
    }

    [Fact]
    public void A_device_that_has_gone_leaves_a_link_to_nothing_and_is_left_out()
    {
        using var host = new RecordedHost().AddUsb("1").Link("/sys/bus/usb/devices/1-9", "../../../devices/usb1/1-9");

        Assert.Equal(["1-1"], UsbDevices.Read(host.Root).Select(device => device.BusId));
    }

    [Fact]
    public void A_link_out_of_the_recorded_host_stays_inside()
    {
        using var host = new RecordedHost().Add("/etc/hostname", "recorded").Link("/sys/escape", "/etc/hostname").Link("/sys/up", "../../../../../../etc/hostname");

        Assert.Equal("recorded", host.Root.ReadText("/sys/escape"));
        Assert.Equal("recorded", host.Root.ReadText("/sys/up"));
    }

    [Fact]
    public void Links_that_go_in_circles_are_nothing()
    {
        using var host = new RecordedHost().Link("/sys/a", "b").Link("/sys/b", "a");

        Assert.Null(host.Root.ReadText("/sys/a"));
    }

    [Property(MaxTest = 200)]
    public void Whatever_an_attribute_says_no_exception_comes_of_it(byte[] content, byte which)
    {
        string[] names = ["idVendor", "idProduct", "busnum", "devnum", "bDeviceClass", "speed", "serial", "product", "manufacturer", "removable"];
        using var host = new RecordedHost().AddUsb("1").Add($"/sys/devices/usb1/1-1/{names[which % names.Length]}", content);

        foreach (var device in UsbDevices.Read(host.Root))
        {
            var shown = $"{device}{device.Manufacturer}{device.Product}{device.SerialNumber}{device.SpeedName}";
            Assert.DoesNotContain(shown, char.IsControl);
        }
    }
}
