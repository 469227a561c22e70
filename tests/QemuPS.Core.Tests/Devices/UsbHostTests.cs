using QemuPS.Devices.Usb;

namespace QemuPS.Tests.Devices;

public sealed class UsbHostTests
{
    [Fact]
    public void A_node_that_is_not_there_cannot_be_accessed_and_the_hint_says_so()
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2").Add("/dev/bus/usb/001/002", "");

        var devices = UsbDevices.Read(host.Root);

        Assert.True(devices[0].CanAccess);
        Assert.Null(devices[0].AccessHint);
        Assert.False(devices[1].CanAccess);
        Assert.StartsWith($"# {devices[1].DevicePath} is not there", devices[1].AccessHint);
    }

    [Fact]
    public void The_hint_for_a_node_of_root_can_be_pasted() =>
        Assert.Equal("sudo setfacl -m u:ada:rw /dev/bus/usb/001/004", UsbAccess.Hint("/dev/bus/usb/001/004", exists: true, "ada"));

    [Theory]
    [InlineData("1.5", 1.5, "USB 1.1 Low-Speed")]
    [InlineData("12", 12.0, "USB 1.1 Full-Speed")]
    [InlineData("480", 480.0, "USB 2.0 High-Speed")]
    [InlineData("5000", 5000.0, "USB 3.0 SuperSpeed")]
    [InlineData("10000", 10000.0, "USB 3.1 SuperSpeed+")]
    [InlineData("unknown", null, null)]
    public void Speeds_have_a_number_and_a_name(string text, double? speed, string? name)
    {
        using var host = new RecordedHost().AddUsb("1", attributes: [("speed", text)]);

        var device = UsbDevices.Read(host.Root)[0];

        Assert.Equal((speed, name), (device.Speed, device.SpeedName));
    }

    [Theory]
    [InlineData("removable", true)]
    [InlineData("fixed", false)]
    [InlineData("unknown", null)]
    public void Whether_it_can_be_unplugged_is_what_the_firmware_says(string text, bool? expected)
    {
        using var host = new RecordedHost().AddUsb("1", attributes: [("removable", text)]);

        Assert.Equal(expected, UsbDevices.Read(host.Root)[0].IsRemovable);
    }

    [Theory]
    [InlineData("usb2-port1", "2-1")]
    [InlineData("1-1.4-port3", "1-1.4.3")]
    [InlineData("port3", null)]
    [InlineData("usb2-portx", null)]
    [InlineData(null, null)]
    public void A_sockets_name_says_what_would_be_plugged_into_it(string? socket, string? expected) =>
        Assert.Equal(expected, UsbPlace.BehindSocket(socket));

    [Theory]
    [InlineData("/sys/bus/usb/devices/1-1", "serial")]
    [InlineData("/sys/bus/usb/devices/1-1", "manufacturer")]
    public void An_attribute_that_cannot_be_read_is_nothing(string folder, string attribute)
    {
        using var host = new RecordedHost().AddUsb("1").Add($"/sys/devices/usb1/1-1/{attribute}/not-a-file", "");

        Assert.Null(host.Root.Open(folder)!.Text(attribute));
        Assert.Single(UsbDevices.Read(host.Root));
    }

    [Fact]
    public void Names_come_from_usb_ids_then_from_the_device_then_from_its_numbers()
    {
        using var host = new RecordedHost()
            .Add("/usr/share/hwdata/usb.ids", "1050  Yubico.com\n\t0407  Yubikey 4/5\n")
            .AddUsb("1", attributes: ("product", "My key")).AddUsb("2", product: "0408", attributes: ("product", "My key")).AddUsb("3", product: "0409", attributes: ("product", "  "));

        var devices = UsbDevices.Read(host.Root);

        Assert.Equal(["Yubikey 4/5", "My key", "1050:0409"], devices.Select(device => device.Name));
        Assert.Equal(["My key", "My key", null], devices.Select(device => device.Product));
        Assert.All(devices, device => Assert.Equal("Yubico.com", device.Manufacturer));
    }

    [Fact]
    public async Task Devices_that_come_and_go_while_they_are_read_cause_no_exception()
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2");
        using var stop = new CancellationTokenSource();
        var folder = $"{host.Root.Folder}/sys/devices/usb1/1-2";
        var plugging = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(folder, folder + "-gone");
                Directory.Move(folder + "-gone", folder);
            }
        });

        for (var i = 0; i < 300; i++) Assert.Contains(UsbDevices.Read(host.Root), device => device.BusId == "1-1");

        await stop.CancelAsync();
        await plugging;
    }
}
