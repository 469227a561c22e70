using QemuPS.Devices.Iommu;
using QemuPS.Devices.Pci;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>What the host itself uses of its PCI devices: nothing of it may be taken away unasked.</summary>
public sealed class PciHostUseTests
{
    private const string Nvme = "0000:02:00.0";
    private const string Card = "0000:03:00.0";
    private const string Gpu = "0000:01:00.0";

    [Fact]
    public void A_controller_is_used_when_a_file_system_on_its_disk_is_mounted_through_LVM_and_encryption()
    {
        using var host = Disk().Add("/proc/self/mountinfo", "36 29 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n37 29 259:1 / /boot rw - ext4 /dev/nvme0n1p1 rw\n")
            .Add("/sys/devices/virtual/block/dm-0/dev", "253:0\n").Add("/sys/devices/virtual/block/dm-1/dev", "253:1\n")
            .Link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0").Link("/sys/class/block/dm-1", "../../devices/virtual/block/dm-1")
            .Link($"{PciHost.Folder(Nvme)}/nvme/nvme0/nvme0n1/nvme0n1p2/holders/dm-0", "../x").Link("/sys/devices/virtual/block/dm-0/holders/dm-1", "../x");

        Assert.Equal([new PciHostUse(PciHostUseKind.Disk, "/, /boot")], Use(host, Nvme));
    }

    [Fact]
    public void A_disk_of_a_RAID_or_a_btrfs_of_several_is_used_when_that_is_mounted()
    {
        using var host = Disk().AddPci(Card, code: 0x010601, driver: "ahci")
            .Add($"{PciHost.Folder(Card)}/ata1/host0/block/sda/dev", "8:0\n").Link("/sys/class/block/sda", $"../../{PciHost.Folder(Card)["/sys/".Length..]}/ata1/host0/block/sda")
            .Add("/sys/fs/btrfs/1234/devices/sda/uevent", "").Add("/sys/fs/btrfs/1234/devices/nvme0n1p1/uevent", "")
            .Add("/proc/self/mountinfo", "36 29 0:45 /@ /data rw - btrfs /dev/nvme0n1p1 rw\n");

        Assert.Equal(["/data"], Use(host, Card).Select(use => use.Detail));
        Assert.Equal(["/data"], Use(host, Nvme).Select(use => use.Detail));
    }

    [Fact]
    public void An_NVMe_disk_with_several_ways_to_it_is_found_on_each_controller()
    {
        const string subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0";
        using var host = new RecordedHost().AddPci(Nvme, code: 0x010802, driver: "nvme").AddPci(Card, code: 0x010802, driver: "nvme")
            .Add($"{subsystem}/nvme0n1/dev", "259:0\n").Link("/sys/class/block/nvme0n1", $"../..{subsystem["/sys".Length..]}/nvme0n1")
            .Link($"{subsystem}/nvme0", $"../../../pci0000:02/{Nvme}/nvme/nvme0").Link($"{subsystem}/nvme1", $"../../../pci0000:03/{Card}/nvme/nvme1")
            .Add("/proc/self/mountinfo", "36 29 259:0 / /data rw - xfs /dev/nvme0n1 rw\n");

        Assert.Equal([PciHostUseKind.Disk], Use(host, Nvme).Select(use => use.Kind));
        Assert.Equal([PciHostUseKind.Disk], Use(host, Card).Select(use => use.Kind));
    }

    [Theory]
    [InlineData("eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0", true)]
    [InlineData("br0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0", true)]
    [InlineData("eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0", false)]
    [InlineData("eth0\t00000000\t0102A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0", false)]
    [InlineData("eth1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0", false)]
    public void The_card_of_the_default_route_is_used_also_through_a_bridge(string route, bool used)
    {
        using var host = Network().Add("/proc/net/route", $"Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n{route}\n");

        Assert.Equal(used ? [new PciHostUse(PciHostUseKind.DefaultRoute, "eth0")] : [], Use(host, Card));
    }

    [Fact]
    public void A_default_route_of_IPv6_counts_and_one_that_rejects_does_not()
    {
        const string none = "00000000000000000000000000000000";
        using var host = Network().Add("/proc/net/ipv6_route", $"{none} 00 {none} 00 {none} ffffffff 00000001 00000000 00200200       lo\n{none} 00 {none} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0\n");

        Assert.Equal([PciHostUseKind.DefaultRoute], Use(host, Card).Select(use => use.Kind));
    }

    [Theory]
    [InlineData("i915", true)]
    [InlineData(null, true)]
    [InlineData("vfio-pci", false)]
    public void The_display_the_host_started_with_is_used_until_VFIO_has_it(string? driver, bool used)
    {
        using var host = new RecordedHost().AddPci(Gpu, code: 0x030000, driver: driver, files: ("boot_vga", "1"));

        Assert.Equal(used, Use(host, Gpu).Any(use => use.Kind == PciHostUseKind.BootDisplay));
        Assert.True(PciDevices.Read(host.Root)[0].IsBootVga);
    }

    [Fact]
    public void Programs_that_have_a_GPU_open_are_named_with_their_pids()
    {
        using var host = new RecordedHost().AddPci(Gpu, code: 0x030200, driver: "nvidia").Add($"{PciHost.Folder(Gpu)}/drm/renderD128/uevent", "").AddPci(Card, code: 0x030000, driver: "nouveau")
            .Add($"/proc/driver/nvidia/gpus/{Gpu}/information", "Model: \t\t x\nDevice Minor: \t 0\n")
            .Link("/proc/812/fd/7", "/dev/dri/renderD128").Add("/proc/812/comm", "Xorg\n").Link("/proc/900/fd/3", "/dev/nvidia0").Add("/proc/900/comm", "python3\n").Link("/proc/900/fd/4", "/dev/dri/card7");

        Assert.Equal([new PciHostUse(PciHostUseKind.DisplayClient, "Xorg (pid 812), python3 (pid 900)")], Use(host, Gpu));
        Assert.Empty(Use(host, Card));
    }

    [Fact]
    public void A_device_that_a_machine_has_through_VFIO_is_used_by_its_QEMU()
    {
        using var host = new RecordedHost().AddPci(Gpu, code: 0x030000, group: 7, driver: "vfio-pci").Link("/proc/55/fd/12", "/dev/vfio/7").Add("/proc/55/comm", "qemu-system-x86\n");

        Assert.Equal("given through VFIO to qemu-system-x86 (pid 55)", Assert.Single(Use(host, Gpu)).ToString());
    }

    [Fact]
    public void Serial_and_screen_consoles_and_the_controller_of_the_only_keyboard_are_used()
    {
        using var host = new RecordedHost().AddPci(Card, code: 0x070002, driver: "serial").AddPci(Gpu, code: 0x030000, driver: "ast").AddPci(Nvme, code: 0x0c0330, driver: "xhci_hcd")
            .Add("/sys/class/tty/console/active", "tty0 ttyS4\n").Add($"{PciHost.Folder(Card)}/tty/ttyS4/dev", "4:68\n").Link("/sys/class/tty/ttyS4", $"../../{PciHost.Folder(Card)["/sys/".Length..]}/tty/ttyS4")
            .Add("/sys/class/vtconsole/vtcon1/bind", "1\n").Add("/sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n")
            .Add($"{PciHost.Folder(Gpu)}/graphics/fb0/dev", "29:0\n").Link("/sys/class/graphics/fb0", $"../../{PciHost.Folder(Gpu)["/sys/".Length..]}/graphics/fb0")
            .Add("/proc/bus/input/devices", $"S: Sysfs={PciHost.Folder(Nvme)["/sys".Length..]}/usb1/1-1/1-1:1.0/input/input3\nH: Handlers=kbd event3\nB: EV=120013\nB: KEY=fffffffffffffffe\n\n");

        Assert.Equal(["the console: ttyS4"], Use(host, Card).Select(use => use.ToString()));
        Assert.Equal(["the console: fb0"], Use(host, Gpu).Select(use => use.ToString()));
        Assert.Equal([PciHostUseKind.Keyboard], Use(host, Nvme).Select(use => use.Kind));
    }

    [Fact]
    public void What_is_used_cannot_be_given_away_nor_can_what_would_go_along()
    {
        using var host = Network().AddPci("0000:03:00.1", group: 5, driver: "r8169").AddPci("0000:04:00.0", group: 6).AddPci("0000:00:1f.0", code: 0x060100, group: 8).AddPci("0000:05:00.0")
            .Add("/proc/net/route", "Iface\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n");

        Assert.Equal(["0000:04:00.0"], PciDevices.Read(host.Root).Where(device => device.IsPassthroughable).Select(device => device.Address));
        Assert.Equal([false, false], IommuGroups.Read(host.Root, [5]).Single().Devices.Select(device => device.IsPassthroughable));
    }

    [Fact]
    public void What_is_behind_a_bridge_is_not_the_bridges_use()
    {
        using var host = new RecordedHost().AddPci("0000:00:1c.0", code: 0x060400, driver: "pcieport").AddPci(Card, ["0000:00:1c.0"], driver: "r8169")
            .Link("/sys/class/net/eth0", $"../../{PciHost.Folder(Card, ["0000:00:1c.0"])["/sys/".Length..]}/net/eth0").Add($"{PciHost.Folder(Card, ["0000:00:1c.0"])}/net/eth0/uevent", "")
            .Add("/proc/net/route", "Iface\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n");

        Assert.Empty(Use(host, "0000:00:1c.0"));
        Assert.Equal([PciHostUseKind.DefaultRoute], Use(host, Card).Select(use => use.Kind));
    }

    private static IReadOnlyList<PciHostUse> Use(RecordedHost host, string address) => PciDevices.Find(host.Root, address)!.HostUse;

    private static RecordedHost Disk()
    {
        var disk = $"{PciHost.Folder(Nvme)}/nvme/nvme0/nvme0n1";
        var host = new RecordedHost().AddPci(Nvme, code: 0x010802, driver: "nvme").Add($"{disk}/dev", "259:0\n").Link("/sys/class/block/nvme0n1", $"../../{disk["/sys/".Length..]}");
        foreach (var number in new[] { 1, 2 }) host.Add($"{disk}/nvme0n1p{number}/dev", $"259:{number}\n").Link($"/sys/class/block/nvme0n1p{number}", $"../../{disk["/sys/".Length..]}/nvme0n1p{number}");
        return host;
    }

    private static RecordedHost Network() => new RecordedHost().AddPci(Card, group: 5, driver: "r8169")
        .Add($"{PciHost.Folder(Card)}/net/eth0/uevent", "").Link("/sys/class/net/eth0", $"../../{PciHost.Folder(Card)["/sys/".Length..]}/net/eth0")
        .Link("/sys/class/net/br0", "../../devices/virtual/net/br0").Link("/sys/devices/virtual/net/br0/lower_eth0", "../eth0").Link("/sys/class/net/eth1", "../../devices/virtual/net/eth1");
}
