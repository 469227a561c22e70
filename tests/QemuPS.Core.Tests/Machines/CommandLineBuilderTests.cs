using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class CommandLineBuilderTests
{
    [Fact]
    public void Every_path_goes_to_QEMU_as_JSON_and_is_not_split()
    {
        var arguments = Build(new VmDefinition { Name = "dev", Drives = [Disk("disk0", "/we,ird:na\"me's.qcow2", VmDiskBus.Ide)] });

        Assert.Contains(Jsons(arguments, "-blockdev"), node => node.GetProperty("driver").GetString() == "file" && node.GetProperty("filename").GetString() == "/we,ird:na\"me's.qcow2");
    }

    [Fact]
    public void Every_block_node_names_its_driver()
    {
        var arguments = Build(new VmDefinition { Name = "dev", Drives = [Disk("disk0", "/a.qcow2", VmDiskBus.VirtioBlk), Cd("cd0", "/b.iso")] });

        Assert.Equal(["file", "qcow2", "file", "raw"], Jsons(arguments, "-blockdev").Select(node => node.GetProperty("driver").GetString()));
    }

    [Fact]
    public void A_folder_is_shared_by_QEMU_or_by_another_process_that_shares_the_guests_memory()
    {
        VmSharedFolder[] folders = [new() { Id = "share-a", Tag = "a", Path = "/x,y", Type = VmSharedFolderType.NineP }, new() { Id = "share-b", Tag = "b", Path = "/z", Type = VmSharedFolderType.VirtioFs }];

        var none = Build(new VmDefinition { Name = "dev", SharedFolders = folders[..1] });
        var both = Build(new VmDefinition { Name = "dev", SharedFolders = folders });

        Assert.Equal("local,id=share-a-folder,path=/x,,y,security_model=none,readonly=on,multidevs=remap", ValueOf(none, "-fsdev"));
        Assert.DoesNotContain("memory-backend", ValueOf(none, "-machine"));
        Assert.EndsWith(",memory-backend=shared-memory", ValueOf(both, "-machine"));
        Assert.True(Jsons(both, "-object").Single(item => item.GetProperty("id").GetString() == "shared-memory").GetProperty("share").GetBoolean());
        Assert.Contains(Jsons(both, "-device"), device => device.GetProperty("driver").GetString() == "vhost-user-fs-pci" && device.GetProperty("tag").GetString() == "b");
    }

    [Fact]
    public void A_comma_in_a_name_is_doubled() =>
        Assert.Equal("a,,b", QemuOption.Escape("a,b"));

    [Theory]
    [InlineData(4UL << 30, "4G")]
    [InlineData(1536UL << 20, "1536M")]
    public void Memory_is_written_in_the_largest_whole_unit(ulong bytes, string expected) =>
        Assert.Equal(expected, ValueOf(Build(new VmDefinition { Name = "dev", MemoryStartupBytes = bytes }), "-m"));

    [Fact]
    public void The_boot_order_numbers_single_devices()
    {
        var definition = new VmDefinition
        {
            Name = "dev",
            Drives = [Disk("disk0", "/a", VmDiskBus.Ide), Disk("disk1", "/b", VmDiskBus.Ide), Cd("cd0", "/c.iso")],
            NetworkAdapters = [new VmNetworkAdapter { Id = "net0", MacAddress = "52:54:00:00:00:01" }],
            BootOrder = [VmBootDevice.CdRom, VmBootDevice.Disk],
        };

        var places = Jsons(Build(definition), "-device")
            .Where(device => device.TryGetProperty("bootindex", out _))
            .ToDictionary(device => device.GetProperty("id").GetString()!, device => device.GetProperty("bootindex").GetInt32());

        Assert.Equal(new Dictionary<string, int> { ["cd0"] = 0, ["disk0"] = 1, ["disk1"] = 2 }, places);
    }

    [Fact]
    public void A_kernel_that_is_started_directly_comes_before_all_other_boot_devices()
    {
        var devices = Jsons(Build(new VmDefinition { Name = "dev", KernelPath = "/vmlinuz", Drives = [Disk("disk0", "/a", VmDiskBus.Ide)] }), "-device");

        Assert.Equal(1, devices.Single(device => device.GetProperty("id").GetString() == "disk0").GetProperty("bootindex").GetInt32());
    }

    [Fact]
    public void On_a_PC_disks_are_hda_and_hdb_and_the_CD_is_where_cdrom_puts_it()
    {
        var definition = new VmDefinition { Name = "dev", Drives = [Disk("a", "/a", VmDiskBus.Ide), Disk("b", "/b", VmDiskBus.Ide), Cd("c", "/c")] };

        var slots = Jsons(Build(definition), "-device")
            .Where(device => device.TryGetProperty("unit", out _))
            .Select(device => $"{device.GetProperty("id")} {device.GetProperty("bus")}/{device.GetProperty("unit")}");

        Assert.Equal(["a ide.0/0", "b ide.0/1", "c ide.1/0"], slots);
    }

    [Fact]
    public void A_q35_machine_has_spare_root_ports()
    {
        var devices = Jsons(Build(new VmDefinition { Name = "dev", MachineType = "q35", HotplugPortCount = 3 }), "-device");

        Assert.Equal(3, devices.Count(device => device.GetProperty("driver").GetString() == "pcie-root-port"));
    }

    [Fact]
    public void A_USB_device_brings_a_controller_when_none_is_asked_for()
    {
        var devices = Jsons(Build(new VmDefinition { Name = "dev", UsbDevices = [Usb(UsbIdentifyBy.VendorProduct)] }), "-device");

        Assert.Contains(devices, device => device.GetProperty("driver").GetString() == "qemu-xhci");
        var host = Assert.Single(devices, device => device.GetProperty("driver").GetString() == "usb-host");
        Assert.Equal(0x1050, host.GetProperty("vendorid").GetInt32());
        Assert.Equal(0x0407, host.GetProperty("productid").GetInt32());
        Assert.Equal("usb.0", host.GetProperty("bus").GetString());
    }

    [Fact]
    public void A_USB_device_known_by_its_serial_is_found_where_it_is_plugged_in()
    {
        var definition = new VmDefinition { Name = "dev", UsbDevices = [Usb(UsbIdentifyBy.Serial)] };

        var host = Assert.Single(Jsons(Build(definition, Plugged("7")), "-device"), device => device.GetProperty("driver").GetString() == "usb-host");

        Assert.Equal(2, host.GetProperty("hostbus").GetInt32());
        Assert.Equal("4", host.GetProperty("hostport").GetString());
    }

    [Fact]
    public void A_USB_device_known_by_its_serial_that_is_not_there_stops_the_start()
    {
        var definition = new VmDefinition { Name = "dev", UsbDevices = [Usb(UsbIdentifyBy.Serial)] };

        Assert.Equal(ErrorId.UsbDeviceNotFound, Assert.Throws<QemuException>(() => Build(definition, Plugged("other"))).Id);
    }

    [Fact]
    public void An_optional_USB_device_that_is_not_there_is_left_out()
    {
        var definition = new VmDefinition { Name = "dev", UsbDevices = [Usb(UsbIdentifyBy.Serial) with { Optional = true }] };

        Assert.DoesNotContain(Jsons(Build(definition), "-device"), device => device.GetProperty("driver").GetString() == "usb-host");
    }

    [Fact]
    public void A_fifth_IDE_drive_is_refused()
    {
        var definition = new VmDefinition { Name = "dev", Drives = [.. Enumerable.Range(0, 5).Select(number => Disk($"d{number}", $"/{number}", VmDiskBus.Ide))] };

        Assert.Equal(ErrorId.InvalidDefinition, Assert.Throws<QemuException>(() => Build(definition)).Id);
    }

    private static VmDrive Disk(string id, string path, VmDiskBus bus) => new() { Id = id, Path = path, Format = "qcow2", Bus = bus };

    private static VmDrive Cd(string id, string path) => new() { Id = id, Kind = VmDriveKind.CdRom, Path = path, Bus = VmDiskBus.Ide, ReadOnly = true };

    private static VmUsbDevice Usb(UsbIdentifyBy by) => new()
    {
        Id = "usb-1050-0407",
        Match = new UsbMatch { IdentifyBy = by, VendorId = "1050", ProductId = "0407", SerialNumber = "7" },
    };

    private static UsbDevice[] Plugged(string serial) =>
    [
        new()
        {
            Name = "Key", VendorId = "1050", ProductId = "0407", SerialNumber = serial, BusNumber = 2, DeviceNumber = 9, Port = "4", BusId = "2-4",
            Class = default, DevicePath = "/dev/bus/usb/002/009", SysfsPath = "/sys/devices/x", CanAccess = true,
        },
    ];

    private static IReadOnlyList<string> Build(VmDefinition definition, IReadOnlyList<UsbDevice>? plugged = null) =>
        CommandLineBuilder.Build(definition, new RuntimeFolder(new VmStore("/store"), definition.Name), VmAccelerator.Tcg, plugged ?? []);

    private static List<JsonElement> Jsons(IReadOnlyList<string> arguments, string option) =>
        arguments.Zip(arguments.Skip(1)).Where(pair => pair.First == option).Select(pair => JsonDocument.Parse(pair.Second).RootElement).ToList();

    private static string ValueOf(IReadOnlyList<string> arguments, string option) =>
        arguments.Zip(arguments.Skip(1)).Single(pair => pair.First == option).Second;
}
