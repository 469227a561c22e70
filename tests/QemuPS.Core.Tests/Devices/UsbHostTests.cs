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
    public void A_device_that_is_not_authorised_is_shown_and_has_no_interfaces()
    {
        using var host = new RecordedHost().AddUsb("1", attributes: [("authorized", "0"), ("bMaxPower", "")]).AddUsb("2", attributes: [("authorized", "1"), ("bMaxPower", "500mA")]);

        var devices = UsbDevices.Read(host.Root);

        Assert.Equal([false, true], devices.Select(device => device.IsAuthorized));
        Assert.Equal([null, 500], devices.Select(device => device.MaxPowerMilliamperes));
    }

    [Fact]
    public void A_text_that_cannot_be_read_is_none_and_the_device_stays()
    {
        // Reading a folder fails as a read from a device that does not answer does: the file is there, its content is not to be had.
        using var host = new RecordedHost().AddUsb("1").Add("/sys/devices/usb1/1-1/serial/x", "").Add("/sys/devices/usb1/1-1/descriptors/x", "").Add("/sys/devices/usb1/1-1/bos_descriptors/x", "");

        var device = UsbDevices.WithDescriptors(host.Root, UsbDevices.Read(host.Root)[0]);

        Assert.Null(device.SerialNumber);
        Assert.Empty(device.Configurations);
        Assert.Null(device.Descriptors!.Device);
    }

    [Fact]
    public void A_device_that_nobody_names_is_called_by_its_kind()
    {
        using var host = new RecordedHost().AddUsb("1", vendor: "fffe", product: "fffe", attributes: [("bDeviceClass", "e0")])
            .Add("/usr/share/hwdata/usb.ids", "0001  Fry's Electronics\nC e0  Wireless\n");

        Assert.Equal("Wireless", UsbDevices.Read(host.Root)[0].Name);
    }

    [Fact]
    public void A_device_is_shown_with_its_network_interfaces_and_no_other()
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2")
            .Add("/sys/devices/usb1/1-2/1-2:1.0/net/enx0/address", "00").Link("/sys/class/net/enx0", "../../devices/usb1/1-2/1-2:1.0/net/enx0")
            .Add("/sys/devices/virtual/net/lo/address", "00").Link("/sys/class/net/lo", "../../devices/virtual/net/lo");

        Assert.Equal([[], ["enx0"]], UsbDevices.Read(host.Root).Select(device => device.NetworkInterfaces));
    }

    [Fact]
    public void Who_may_not_open_a_device_is_told_the_rule_that_lets_him()
    {
        var device = UsbDevices.Absent("1-1")! with { VendorId = "1050", ProductId = "0407", DeviceNumber = 4, AccessHint = "sudo setfacl -m u:ada:rw /dev/bus/usb/001/004" };

        var error = Assert.Throws<QemuException>(() => QemuPS.Machines.MachineUsb.RequireAccess(device));

        Assert.Equal(ErrorId.UsbAccessDenied, error.Id);
        Assert.StartsWith("Get-UsbDevice -VendorId 1050 -ProductId 0407 | New-UdevRule -Apply", error.RecommendedAction);
        Assert.Contains(device.AccessHint, error.RecommendedAction, StringComparison.Ordinal);
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
