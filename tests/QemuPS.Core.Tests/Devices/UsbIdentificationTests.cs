using QemuPS.Devices.Usb;

namespace QemuPS.Tests.Devices;

public sealed class UsbIdentificationTests
{
    private static readonly UsbDevice Key = Device("1-3", serial: null);
    private static readonly UsbDevice StickA = Device("1-1.3", "058f", "6387", serial: null);
    private static readonly UsbDevice StickB = Device("1-1.4", "058f", "6387", serial: null);
    private static readonly UsbDevice SerialA = Device("1-5", "0781", "5581", serial: "AAA");
    private static readonly UsbDevice SerialB = Device("1-6", "0781", "5581", serial: "BBB");
    private static readonly UsbDevice Clone = Device("1-7", "0781", "5581", serial: "AAA");

    public static TheoryData<string, UsbIdentifyBy> Automatic => new()
    {
        { "1-3", UsbIdentifyBy.Port },
        { "1-1.3", UsbIdentifyBy.Port },
        { "1-6", UsbIdentifyBy.Serial },
        { "1-5", UsbIdentifyBy.Port },
    };

    [Theory]
    [MemberData(nameof(Automatic))]
    public void Auto_takes_a_serial_number_of_its_own_then_the_port(string busId, UsbIdentifyBy expected)
    {
        UsbDevice[] all = [Key, StickA, StickB, SerialA, SerialB, Clone];

        var choice = UsbIdentification.Choose(all.Single(device => device.BusId == busId), all);

        Assert.Equal(expected, choice.Match.IdentifyBy);
        Assert.NotEmpty(choice.Reason);
    }

    [Fact]
    public void What_was_chosen_finds_the_device_again()
    {
        UsbDevice[] all = [Key, StickA, StickB, SerialA, SerialB];

        foreach (var device in all)
        {
            Assert.Equal(device, UsbIdentification.Resolve(UsbIdentification.Choose(device, all).Match, all));
        }
    }

    [Fact]
    public void Vendor_and_product_of_two_identical_devices_are_refused_and_both_are_named()
    {
        var error = Assert.Throws<QemuException>(() => UsbIdentification.Choose(StickA, [StickA, StickB], UsbIdentifyBy.VendorProduct));

        Assert.Equal(ErrorId.UsbDeviceAmbiguous, error.Id);
        Assert.Contains("1-1.3", error.Message);
        Assert.Contains("1-1.4", error.Message);
    }

    [Fact]
    public void A_serial_number_that_two_devices_share_is_refused() =>
        Assert.Equal(ErrorId.UsbDeviceAmbiguous, Assert.Throws<QemuException>(() => UsbIdentification.Choose(SerialA, [SerialA, Clone], UsbIdentifyBy.Serial)).Id);

    [Fact]
    public void A_serial_number_that_a_device_has_not_is_refused() =>
        Assert.Equal(ErrorId.InvalidOption, Assert.Throws<QemuException>(() => UsbIdentification.Choose(Key, [Key], UsbIdentifyBy.Serial)).Id);

    [Fact]
    public void A_hub_is_refused_also_by_force()
    {
        var hub = Device("1-1", serial: null) with { IsHub = true };

        Assert.Equal(ErrorId.UsbDeviceIsHub, Assert.Throws<QemuException>(() => UsbIdentification.Choose(hub, [hub], force: true)).Id);
    }

    [Fact]
    public void A_mounted_device_is_refused_and_by_force_comes_with_a_warning()
    {
        var mounted = SerialA with { MountPoints = ["/media/photos"] };

        var error = Assert.Throws<QemuException>(() => UsbIdentification.Choose(mounted, [mounted]));
        var choice = UsbIdentification.Choose(mounted, [mounted], force: true);

        Assert.Equal(ErrorId.UsbDeviceInUse, error.Id);
        Assert.Contains("/media/photos", error.Message);
        Assert.Contains("/media/photos", choice.Warning);
    }

    [Fact]
    public void A_port_covers_both_halves_of_a_socket()
    {
        var slow = Device("1-2", serial: null) with { PeerBusId = "2-2" };
        var match = UsbIdentification.Choose(slow, [slow], UsbIdentifyBy.Port).Match;
        var fast = Device("2-2", "0781", "5581", serial: null) with { BusNumber = 2, PeerBusId = "1-2" };

        Assert.Equal(fast, UsbIdentification.Resolve(match, [fast]));
    }

    [Fact]
    public void A_device_that_is_not_plugged_in_is_nothing() =>
        Assert.Null(UsbIdentification.Resolve(UsbIdentification.Choose(SerialA, [SerialA]).Match, [Key]));

    private static UsbDevice Device(string busId, string vendor = "1050", string product = "0407", string? serial = null) => new()
    {
        Name = "Device",
        VendorId = vendor,
        ProductId = product,
        SerialNumber = serial,
        BusNumber = busId[0] - '0',
        DeviceNumber = 2,
        Port = busId[2..],
        BusId = busId,
        Class = UsbClass.Hid,
        DevicePath = "/dev/bus/usb/001/002",
        SysfsPath = "/sys/devices/usb1/" + busId,
        CanAccess = true,
    };
}
