using FsCheck.Xunit;
using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Tests.Devices;

/// <summary>What the host itself uses: mounted disks, the only keyboard, the only mouse.</summary>
public sealed class HostUseTests
{
    private const string Keyboard = "B: EV=120013\nB: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n\n";
    private const string Mouse = "B: EV=17\nB: KEY=ff0000 0 0 0 0\nB: REL=903\n\n";
    private const string Touchpad = "B: EV=1b\nB: KEY=e520 10000 0 0 0 0\nB: ABS=2e0800000000003\n\n";
    private const string PowerButton = "B: EV=3\nB: KEY=10000000000000 0\n\n";

    public static TheoryData<string, bool, bool> Inputs => new()
    {
        { "", false, false },
        { Usb(Keyboard), true, false },
        { Usb(Mouse), false, true },
        { Usb(Keyboard) + Elsewhere(PowerButton), true, false },
        { Usb(Keyboard) + Elsewhere(Keyboard), false, false },
        { Usb(Mouse) + Elsewhere(Touchpad), false, false },
        { Usb(Keyboard) + Usb(Mouse), true, true },
        { Elsewhere(Keyboard), false, false },
    };

    [Theory]
    [MemberData(nameof(Inputs))]
    public void The_only_keyboard_and_the_only_mouse_are_known(string devices, bool onlyKeyboard, bool onlyMouse)
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2").Add("/proc/bus/input/devices", devices);

        var device = UsbDevices.Read(host.Root)[0];

        Assert.Equal((onlyKeyboard, onlyMouse), (device.IsOnlyKeyboard, device.IsOnlyMouse));
        Assert.False(UsbDevices.Read(host.Root)[1].IsOnlyKeyboard);
    }

    [Fact]
    public void A_security_key_that_types_is_no_second_keyboard()
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2")
            .Add("/sys/devices/usb1/1-2/1-2:1.1/bInterfaceNumber", "01\n").Add("/sys/devices/usb1/1-2/1-2:1.1/bInterfaceClass", "0b\n")
            .Link("/sys/bus/usb/devices/1-2:1.1", "../../../devices/usb1/1-2/1-2:1.1")
            .Add("/proc/bus/input/devices", Usb(Keyboard) + "S: Sysfs=/devices/usb1/1-2/1-2:1.0/0003:1050:0407.0001/input/input9\n" + Keyboard);

        var devices = UsbDevices.Read(host.Root);

        Assert.True(devices[0].IsOnlyKeyboard);
        Assert.False(devices[1].IsOnlyKeyboard);
    }

    [Theory]
    [InlineData("36 29 8:1 / /mnt/a\\040b rw - ext4 /dev/sda1 rw", "/mnt/a b")]
    [InlineData("36 29 8:1 / /mnt/x rw shared:7 master:2 - ext4 /dev/disk/by-label/x rw", "/mnt/x")]
    [InlineData("36 29 0:45 /@home /home rw - btrfs /dev/sda1 rw", "/home")]
    [InlineData("36 29 253:0 / /secret rw - ext4 /dev/mapper/luks-1 rw", "/secret")]
    [InlineData("36 29 8:1 / /mnt/\\033[2J rw - ext4 /dev/sda1 rw", "/mnt/\ufffd[2J")]
    public void A_stick_is_in_use_when_something_on_it_is_mounted(string mount, string point)
    {
        using var host = Stick().Add("/proc/self/mountinfo", $"22 29 0:20 / /sys rw - sysfs sysfs rw\n{mount}\n");

        Assert.Equal([point], UsbDevices.Read(host.Root)[0].MountPoints);
    }

    [Fact]
    public void A_stick_is_in_use_when_the_host_swaps_to_it()
    {
        using var host = Stick().Add("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/sda1                               partition\t99\t0\t-2\n");

        Assert.Equal(["[swap]"], UsbDevices.Read(host.Root)[0].MountPoints);
    }

    [Fact]
    public void Another_disks_mount_is_not_the_sticks()
    {
        using var host = Stick().Add("/proc/self/mountinfo", "36 29 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n");

        Assert.False(UsbDevices.Read(host.Root)[0].IsMounted);
    }

    [Property(MaxTest = 300)]
    public void Lists_of_the_kernel_that_make_no_sense_cause_no_exception(string text)
    {
        var anything = text ?? "";

        _ = MountedDisks.Mounts(anything).Concat(MountedDisks.Swaps(anything)).Count();
        _ = InputDevices.Parse($"S: Sysfs={anything}\nB: KEY={anything}\n\n{anything}").Count();
        _ = KernelLog.Parse(anything).Concat(KernelLog.Parse($"6,1,99,-;{anything}")).Count();
        _ = new KernelCommandLine(anything).Values("iommu");
        _ = UsbPlace.Parse(anything);
        _ = UsbPlace.BehindSocket($"{anything}-port{anything}");
    }

    private static string Usb(string input) => "S: Sysfs=/devices/usb1/1-1/1-1:1.0/0003:046D:C31C.0001/input/input12\n" + input;

    private static string Elsewhere(string input) => "S: Sysfs=/devices/platform/i8042/serio0/input/input3\n" + input;

    // A partition, and an encrypted disk on the same partition.
    private static RecordedHost Stick()
    {
        const string disk = "/sys/devices/usb1/1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda";
        return new RecordedHost().AddUsb("1")
            .Add($"{disk}/dev", "8:0\n").Add($"{disk}/sda1/dev", "8:1\n")
            .Link("/sys/class/block/sda", $"../../{disk[5..]}").Link("/sys/class/block/sda1", $"../../{disk[5..]}/sda1")
            .Add("/sys/devices/virtual/block/dm-0/dev", "253:0\n").Add("/sys/devices/virtual/block/dm-0/dm/name", "luks-1\n")
            .Link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0")
            .Link($"{disk}/sda1/holders/dm-0", "../../../../../../../../../../virtual/block/dm-0");
    }
}
