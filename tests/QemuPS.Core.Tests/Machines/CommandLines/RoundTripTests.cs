using QemuPS.Machines;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>The command line of a definition becomes that definition again.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Names => [.. Definitions.Keys];

    private static Dictionary<string, VmDefinition> Definitions { get; } = new()
    {
        ["nothing"] = new() { Name = "dev", BootOrder = [] },
        ["a PC with IDE drives"] = new()
        {
            Name = "old pc",
            MemoryStartupBytes = 512UL << 20,
            ProcessorCount = 2,
            Drives = [Disk("disk0", "/vms/a,b c.qcow2", VmDiskBus.Ide), Disk("disk1", "/vms/ü'\"$`.raw", VmDiskBus.Ide, "raw"), Cd("cd0", "/iso/x.iso")],
            BootOrder = [VmBootDevice.CdRom, VmBootDevice.Disk],
            Sound = VmSound.AC97,
            Vga = VmVga.Cirrus,
        },
        ["a PC with a channel for the guest's agent"] = new() { Name = "pc", BootOrder = [], GuestAgent = true },
        ["a q35 without one"] = new() { Name = "q35", MachineType = "q35", BootOrder = [], GuestAgent = false },
        ["a q35 with virtio"] = new()
        {
            Name = "web",
            MachineType = "q35",
            CpuModel = "qemu64,+ssse3",
            Drives = [Disk("disk0", "/vms/a.qcow2", VmDiskBus.VirtioBlk), Cd("cd0", null)],
            NetworkAdapters =
            [
                new()
                {
                    Id = "net0", MacAddress = "52:54:00:00:00:01", NetworkAddress = "192.168.0.0/24", DhcpStart = "192.168.0.9",
                    PortForwards = [new(2222, 22), new(53, 53, VmPortProtocol.Udp, "0.0.0.0")],
                },
            ],
            BootOrder = [VmBootDevice.Disk, VmBootDevice.Network],
            HotplugPortCount = 2,
            UsbController = VmUsbController.Xhci,
            Sound = VmSound.Hda,
        },
        ["disks on other buses"] = new()
        {
            Name = "buses",
            Drives = [Disk("s0", "/a", VmDiskBus.VirtioScsi), Disk("s1", "/d", VmDiskBus.VirtioScsi) with { ReadOnly = true }, Disk("n0", "/b", VmDiskBus.Nvme) with { Serial = "N-1" }, Disk("t0", "/c", VmDiskBus.Sata)],
            BootOrder = [],
            UsbController = VmUsbController.Ehci,
            Vga = VmVga.None,
        },
        ["USB devices and a kernel"] = new()
        {
            Name = "usb",
            MachineType = "q35",
            BootOrder = [],
            HotplugPortCount = 0,
            KernelPath = "/boot/vmlinuz",
            InitrdPath = "/boot/initrd",
            KernelCommandLine = "console=ttyS0 root=\"/dev/vda\"",
            UsbController = VmUsbController.Xhci,
            Tablet = true,
            UsbDevices =
            [
                new() { Id = "disk", Match = new UsbMatch { IdentifyBy = UsbIdentifyBy.Port, BusNumber = 2, Port = "3", PeerBusId = "1-3" } },
                new() { Id = "key", Match = new UsbMatch { IdentifyBy = UsbIdentifyBy.VendorProduct, VendorId = "1050", ProductId = "0407" }, NoGuestReset = true },
                new() { Id = "stick", Match = new UsbMatch { IdentifyBy = UsbIdentifyBy.Port, BusNumber = 1, Port = "1.2" }, CapturePath = "/tmp/x.pcap" },
            ],
            QemuArgument = ["-rtc", "base=localtime", "-device", "virtio-balloon-pci"],
        },
        ["disks with caches"] = new()
        {
            Name = "caches",
            MachineType = "q35",
            BootOrder = [],
            HotplugPortCount = 0,
            Drives =
            [
                .. Enum.GetValues<VmDiskCache>().Select((cache, number) => Disk($"d{number}", $"/{number}", VmDiskBus.VirtioBlk) with { Cache = cache }),
                Disk("e", "/e", VmDiskBus.VirtioScsi) with { Discard = VmDiskDiscard.Unmap, WriteError = VmDiskErrorAction.Report, Serial = "S-1" },
            ],
        },
        ["devices and folders of the host"] = new()
        {
            Name = "host",
            MachineType = "q35",
            BootOrder = [],
            PciDevices =
            [
                new() { Id = "gpu", Address = "0000:01:00.0", RomPath = "/rom/a,b.bin", PrimaryGpu = true },
                new() { Id = "sound", Address = "0000:01:00.1", NoRom = true },
                new() { Id = "nic", Address = "10000:e1:00.3" },
                new() { Id = "vgpu", Uuid = new Guid("11111111-2222-3333-4444-555555555555") },
            ],
            SharedFolders =
            [
                new() { Id = "share-src", Tag = "src", Path = "/home/x/a,b c", Type = VmSharedFolderType.NineP },
                new() { Id = "share-out", Tag = "out", Path = "/srv", Type = VmSharedFolderType.NineP, ReadOnly = false },
            ],
        },
        ["a PC with a PCI device"] = new() { Name = "pc", BootOrder = [], PciDevices = [new() { Id = "pci-03-00.0", Address = "0000:03:00.0" }], Tablet = true, UsbController = VmUsbController.Ehci },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_definition_comes_back_from_its_command_line(string name)
    {
        var definition = Definitions[name];
        var folder = new RuntimeFolder(new VmStore("/store"), definition.Name);
        var words = CommandLineBuilder.Build(definition, folder, VmAccelerator.Tcg, []);
        var feedback = new Collected();

        var back = CommandLineReader.ReadWords(["qemu-system-x86_64", .. words], new CommandLineSource(null, "/"), feedback);

        Assert.Equal(definition.Name, back.Name);
        Assert.Equal(definition.Id, back.Id);
        Assert.Equal(definition.QemuArgument, back.QemuArgument);
        Assert.Equal(definition.GuestAgent, back.GuestAgent);
        Assert.Equal(definition.UsbDevices.Select(device => $"{device.Id} {device.Match}"), back.UsbDevices.Select(device => $"{device.Id} {device.Match}"));
        Assert.Equal(definition.PciDevices.Select(device => $"{device} {device.RomPath} {device.NoRom} {device.PrimaryGpu}"), back.PciDevices.Select(device => $"{device} {device.RomPath} {device.NoRom} {device.PrimaryGpu}"));
        Assert.Equal(definition.Drives, back.Drives);
        Assert.Equal(definition.SharedFolders, back.SharedFolders);
        Assert.Equal((definition.Tablet, definition.UsbDevices.Select(device => device.Match.PeerBusId)), (back.Tablet, back.UsbDevices.Select(device => device.Match.PeerBusId)), (one, other) => one.Tablet == other.Tablet && one.Item2.SequenceEqual(other.Item2));
        Assert.Equal(words, CommandLineBuilder.Build(back, folder, VmAccelerator.Tcg, []));
        Assert.Equal(definition.QemuArgument.Count == 0 ? 0 : 1, feedback.Warnings.Count);
    }

    private static VmDrive Disk(string id, string path, VmDiskBus bus, string format = "qcow2") => new() { Id = id, Path = path, Format = format, Bus = bus };

    private static VmDrive Cd(string id, string? path) => new() { Id = id, Kind = VmDriveKind.CdRom, Path = path, Bus = VmDiskBus.Ide, ReadOnly = true };
}
