using QemuPS.Machines;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>What each option becomes.</summary>
public sealed class CommandLineReaderTests
{
    private readonly Collected _said = new();

    [Fact]
    public void What_nobody_says_is_what_QEMU_gives()
    {
        var machine = Read("");

        Assert.Equal("pc", machine.MachineType);
        Assert.Equal(128UL << 20, machine.MemoryStartupBytes);
        Assert.Equal(1, machine.ProcessorCount);
        Assert.Equal(VmAccelerator.Tcg, machine.Accelerator);
        Assert.Equal(VmVga.Std, machine.Vga);
        Assert.Equal(VmDriveKind.CdRom, Assert.Single(machine.Drives).Kind);
        Assert.Equal(("e1000", "52:54:00:12:34:56"), (Assert.Single(machine.NetworkAdapters).Model, machine.NetworkAdapters[0].MacAddress));
        Assert.Equal([VmBootDevice.Disk, VmBootDevice.CdRom, VmBootDevice.Network], machine.BootOrder);
        Assert.Empty(machine.QemuArgument);
        Assert.Empty(_said.Warnings);
    }

    [Fact]
    public void Nodefaults_gives_nothing()
    {
        var machine = Read("-nodefaults");

        Assert.Empty(machine.Drives);
        Assert.Empty(machine.NetworkAdapters);
        Assert.Equal(VmVga.None, machine.Vga);
    }

    [Theory]
    [InlineData("-m 4G", 4UL << 30, "")]
    [InlineData("-m 512", 512UL << 20, "")]
    [InlineData("-m size=1.5g", 1536UL << 20, "")]
    [InlineData("-m 4G,slots=3,maxmem=16G", 4UL << 30, "-m slots=3,maxmem=16G")]
    public void Memory(string options, ulong bytes, string kept) => Assert.Equal((bytes, kept), (Read(options).MemoryStartupBytes, Kept(options)));

    [Theory]
    [InlineData("-smp 4", 4, "")]
    [InlineData("-smp cpus=2", 2, "")]
    [InlineData("-smp 4,sockets=1,cores=2,threads=2", 4, "-smp sockets=1,cores=2,threads=2")]
    [InlineData("-smp sockets=2,cores=4", 8, "-smp sockets=2,cores=4")]
    [InlineData("-smp 1,maxcpus=2", 1, "-smp maxcpus=2")]
    public void Processors(string options, int count, string kept) => Assert.Equal((count, kept), (Read(options).ProcessorCount, Kept(options)));

    [Theory]
    [InlineData("-enable-kvm", VmAccelerator.Kvm, "pc", "")]
    [InlineData("--enable-kvm -M q35", VmAccelerator.Kvm, "q35", "")]
    [InlineData("-machine q35,accel=kvm:tcg,vmport=off", VmAccelerator.Auto, "q35", "-machine vmport=off")]
    [InlineData("-machine accel=kvm -machine type=pc-q35-7.2", VmAccelerator.Kvm, "pc-q35-7.2", "")]
    [InlineData("-accel kvm -accel tcg", VmAccelerator.Auto, "pc", "")]
    [InlineData("-accel tcg,tb-size=64", VmAccelerator.Tcg, "pc", "-accel tcg,tb-size=64")]
    public void Accelerator_and_machine(string options, VmAccelerator accelerator, string type, string kept) =>
        Assert.Equal((accelerator, type, kept), (Read(options).Accelerator, Read(options).MachineType, Kept(options)));

    [Theory]
    [InlineData("kvm", VmAccelerator.Kvm)]
    [InlineData("/usr/libexec/qemu-kvm", VmAccelerator.Kvm)]
    [InlineData("qemu", VmAccelerator.Tcg)]
    public void The_programs_of_distributions_are_PCs(string program, VmAccelerator accelerator) =>
        Assert.Equal(accelerator, CommandLineReader.ReadScript(program + " -m 1G", new CommandLineSource(null, "/s"), _said)[0].Accelerator);

    [Fact]
    public void The_32_bit_program_is_the_same_machine_with_its_own_processor() =>
        Assert.Equal("qemu32", CommandLineReader.ReadScript("qemu-system-i386 -m 1G", new CommandLineSource(null, "/s"), _said)[0].CpuModel);

    [Theory]
    [InlineData("-hda a.qcow2 -hdb b.img -cdrom c.iso", "disk0 /s/a.qcow2 qcow2 Ide|disk1 /s/b.img raw Ide|cd0 /s/c.iso raw Ide read-only")]
    [InlineData("a.qcow2", "disk0 /s/a.qcow2 qcow2 Ide|cd0 - raw Ide read-only")]
    [InlineData("-drive file=a.img,format=vmdk,if=virtio,readonly=on", "disk0 /s/a.img vmdk VirtioBlk read-only|cd0 - raw Ide read-only")]
    [InlineData("-drive file=/a,,b.img,format=raw,media=disk,index=0,cache=writeback", "disk0 /a,b.img raw Ide|cd0 - raw Ide read-only")]
    [InlineData("-drive file=x.iso,media=cdrom", "cd0 /s/x.iso raw Ide read-only|cd1 - raw Ide read-only")]
    [InlineData("-drive file=a,if=none,id=hd,format=raw -device virtio-blk,drive=hd", "hd /s/a raw VirtioBlk|cd0 - raw Ide read-only")]
    [InlineData("-device nvme,drive=n,serial=abc -drive file=a,if=none,id=n,format=raw", "abc /s/a raw Nvme|cd0 - raw Ide read-only")]
    [InlineData("-device virtio-scsi-pci,id=x -drive file=a,if=none,id=d,format=raw -device scsi-hd,bus=x.0,drive=d", "d /s/a raw VirtioScsi")]
    [InlineData("-device ahci,id=x -drive file=a,if=none,id=d,format=raw -device ide-hd,bus=x.0,drive=d", "d /s/a raw Sata")]
    [InlineData("-blockdev driver=file,node-name=f,filename=a -blockdev driver=qcow2,node-name=q,file=f -device ide-hd,drive=q,id=sys", "sys /s/a qcow2 Ide")]
    [InlineData("""-blockdev '{"driver":"qcow2","node-name":"q","file":{"driver":"file","filename":"a"}}' -device '{"driver":"virtio-blk-pci","drive":"q"}'""", "disk0 /s/a qcow2 VirtioBlk|cd0 - raw Ide read-only")]
    public void Drives(string options, string expected)
    {
        var drives = Read(options).Drives.Select(drive => $"{drive.Id} {drive.Path ?? "-"} {drive.Format} {drive.Bus}{(drive.ReadOnly ? " read-only" : "")}");

        Assert.Equal(expected, string.Join('|', drives));
        Assert.Empty(Kept(options));
    }

    [Theory]
    [InlineData("-drive file=a,format=raw,if=virtio,cache=none,discard=unmap", "None Unmap - -")]
    [InlineData("-drive file=a,format=raw,cache=unsafe,werror=stop", "Unsafe - Stop -")]
    [InlineData("-drive file=a,format=raw,cache=writethrough", "Writethrough - - -")]
    [InlineData("-drive file=a,format=raw,cache=directsync,discard=ignore", "Directsync - - -")]
    [InlineData("-drive file=a,if=none,id=d,format=raw,cache=none -device virtio-blk-pci,drive=d,serial=S1,werror=report", "None - Report S1")]
    [InlineData("-drive file=a,if=none,id=d,format=raw -device nvme,drive=d,id=n,serial=S1", "- - - S1")]
    [InlineData("-blockdev driver=file,node-name=f,filename=a,cache.direct=on,discard=unmap -blockdev driver=qcow2,node-name=q,file=f,cache.direct=on,discard=unmap -device virtio-blk-pci,drive=q,write-cache=off", "Directsync Unmap - -")]
    public void Caches_TRIM_errors_and_serial_numbers_of_drives(string options, string expected)
    {
        var drive = Read(options).Drives[0];

        Assert.Equal(expected, string.Join(' ', new[] { $"{drive.Cache}", $"{drive.Discard}", $"{drive.WriteError}", drive.Serial ?? "" }.Select(value => value.Length == 0 ? "-" : value)));
        Assert.Empty(Kept(options));
    }

    // Each is kept word for word, but for its path.
    [Theory]
    [InlineData("-drive file=a.img,aio=native", "-drive file=/s/a.img,aio=native")]
    [InlineData("-drive file=a.img,cache=none,rerror=stop", "-drive file=/s/a.img,cache=none,rerror=stop")]
    [InlineData("-drive file=a,if=none,id=d,cache=unsafe -device ide-hd,drive=d,write-cache=off", "-drive file=/s/a,if=none,id=d,cache=unsafe -device ide-hd,drive=d,write-cache=off")]
    [InlineData("-hda a.img -snapshot", "-hda /s/a.img -snapshot")]
    [InlineData("-drive file=a.img,snapshot=on", "-drive file=/s/a.img,snapshot=on")]
    [InlineData("-hda a -hdb nbd://host/x", "-hda /s/a -hdb nbd://host/x")]
    [InlineData("-hda /dev/sdb", "-hda /dev/sdb")]
    [InlineData("-drive file=fat:rw:dir,format=raw", "-drive file=fat:rw:dir,format=raw")]
    [InlineData("-fda boot.img", "-fda /s/boot.img")]
    [InlineData("-drive if=pflash,format=raw,file=OVMF.fd", "-drive if=pflash,format=raw,file=/s/OVMF.fd")]
    [InlineData("-bios bios.bin -L dir", "-bios bios.bin -L /s/dir")]
    [InlineData("-netdev tap,id=n,script=./up,downscript=no -device e1000,netdev=n", "-netdev tap,id=n,script=/s/up,downscript=no -device e1000,netdev=n")]
    [InlineData("-netdev user,id=n,restrict=on -device e1000,netdev=n", "-netdev user,id=n,restrict=on -device e1000,netdev=n")]
    [InlineData("-net nic -net nic -net user", "-net nic -net nic -net user")]
    [InlineData("-netdev user,id=n -device e1000,netdev=n,addr=5", "-netdev user,id=n -device e1000,netdev=n,addr=5")]
    [InlineData("-netdev user,id=n -device e1000,netdev=n -object filter-dump,id=f,netdev=n,file=a.pcap", "-netdev user,id=n -device e1000,netdev=n -object filter-dump,id=f,netdev=n,file=/s/a.pcap")]
    [InlineData("-usb -device usb-tablet", "-usb -device usb-tablet")]
    [InlineData("-usbdevice tablet", "-usb -device usb-tablet")]
    [InlineData("-device qemu-xhci,id=x -device usb-kbd,bus=x.0", "-device qemu-xhci,id=x -device usb-kbd,bus=x.0")]
    [InlineData("-audiodev pa,id=a -device AC97,audiodev=a", "-audiodev pa,id=a -device AC97,audiodev=a")]
    [InlineData("-soundhw es1370", "-device ES1370")]
    [InlineData("-serial file:a.log", "-chardev file,id=com1,path=/s/a.log -device isa-serial,chardev=com1,index=0")]
    [InlineData("-serial stdio -serial tcp::4444,server,nowait", "-chardev socket,id=com2,host=,port=4444,server=on,wait=off -device isa-serial,chardev=com2,index=1")]
    [InlineData("-monitor unix:mon.sock,server,nowait", "-monitor unix:/s/mon.sock,server,nowait")]
    [InlineData("-chardev socket,id=serial0,path=a -device virtio-serial -device virtconsole,chardev=serial0", "-chardev socket,id=serial0-1,path=/s/a -device virtio-serial -device virtconsole,chardev=serial0-1")]
    [InlineData("-boot once=d,menu=on", "-boot once=d -boot menu=on")]
    [InlineData("-boot order=ac", "-boot order=ac")]
    [InlineData("-localtime -no-acpi", "-rtc base=localtime -no-acpi")]
    [InlineData("-display gtk,gl=on", "-display gtk,gl=on")]
    public void What_has_no_property_is_kept_and_named(string options, string kept)
    {
        Assert.Equal(kept.Split(' ').Order(StringComparer.Ordinal), Kept(options).Split(' ').Order(StringComparer.Ordinal));
        foreach (var word in kept.Split(' ')) Assert.Contains(_said.Warnings, warning => warning.Contains(word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-nographic")]
    [InlineData("-monitor stdio -serial mon:stdio -parallel none")]
    [InlineData("-daemonize -pidfile vm.pid -D log -qmp unix:q,server,nowait")]
    [InlineData("-chardev stdio,id=c,mux=on -mon c -serial chardev:c")]
    public void What_QemuPS_does_itself_is_left_out_and_said_in_verbose(string options)
    {
        Assert.Empty(Kept(options));
        Assert.Empty(_said.Warnings);
        Assert.Contains(_said.Details, detail => detail.Contains("is left out", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-net nic,model=virtio,macaddr=52:54:00:00:00:01 -net user,hostfwd=tcp::2222-:22", "virtio-net-pci 52:54:00:00:00:01 tcp/0.0.0.0:2222:22")]
    [InlineData("-nic user,model=rtl8139,hostfwd=udp:127.0.0.1:53-10.0.2.15:53", "rtl8139 52:54:00:12:34:56 udp/127.0.0.1:53:53")]
    [InlineData("-netdev type=user,id=n,net=10.1.0.0/16,dhcpstart=10.1.0.9,hostfwd=tcp::1-:2,hostfwd=tcp::3-:4 -device virtio-net,netdev=n,id=nic", "virtio-net-pci 52:54:00:12:34:56 tcp/0.0.0.0:1:2 tcp/0.0.0.0:3:4")]
    [InlineData("-M q35 -redir tcp:5555::22", "e1000e 52:54:00:12:34:56 tcp/0.0.0.0:5555:22")]
    [InlineData("-net none", "")]
    [InlineData("-nic none", "")]
    public void Networks(string options, string expected)
    {
        var adapters = Read(options).NetworkAdapters.Select(adapter => string.Join(' ', new[] { adapter.Model, adapter.MacAddress }.Concat(adapter.PortForwards.Select(forward => $"{forward}"))));

        Assert.Equal(expected, string.Join('|', adapters));
        Assert.Empty(Kept(options));
    }

    [Theory]
    [InlineData("-usbdevice host:1050:0407", UsbIdentifyBy.VendorProduct, "1050:0407")]
    [InlineData("-device usb-host,vendorid=0x1050,productid=0x0407", UsbIdentifyBy.VendorProduct, "1050:0407")]
    [InlineData("-device usb-host,hostbus=1,hostaddr=4", UsbIdentifyBy.Address, "bus 1 device 4")]
    [InlineData("-device usb-host,hostbus=1,hostport=1.2", UsbIdentifyBy.Port, "port 1-1.2")]
    public void Host_devices(string options, UsbIdentifyBy by, string text)
    {
        var match = Assert.Single(Read(options).UsbDevices).Match;

        Assert.Equal((by, text), (match.IdentifyBy, match.ToString()));
    }

    [Theory]
    [InlineData("-device qemu-xhci,id=x -device usb-host,bus=x.0,vendorid=0x1050,productid=0x0407", "1050:0407", VmUsbController.Xhci)]
    [InlineData("-M q35 -usb -device usb-host,bus=usb-bus.0,hostbus=1,hostport=2", "port 1-2", VmUsbController.Ehci)]
    public void A_host_device_on_the_controller_that_becomes_a_property_becomes_one_too(string options, string text, VmUsbController controller)
    {
        var machine = Read(options);

        Assert.Equal((text, controller), (Assert.Single(machine.UsbDevices).Match.ToString(), machine.UsbController));
        Assert.Empty(machine.QemuArgument);
    }

    [Theory]
    [InlineData("-device qemu-xhci -device usb-tablet", VmUsbController.Xhci)]
    [InlineData("-device qemu-xhci,id=x -device usb-tablet,id=t,bus=x.0", VmUsbController.Xhci)]
    [InlineData("-M q35 -usb -device usb-tablet", VmUsbController.Ehci)]
    [InlineData("-M q35 -usbdevice tablet", VmUsbController.Ehci)]
    public void A_tablet_becomes_one_with_its_controller(string options, VmUsbController controller)
    {
        var machine = Read(options);

        Assert.Equal((true, controller), (machine.Tablet, machine.UsbController));
        Assert.Empty(machine.QemuArgument);
    }

    // A PC's -usb is a controller that old guests know; with a keyboard there is something on the bus that is kept.
    [Theory]
    [InlineData("-usb -device usb-tablet", "-usb -device usb-tablet")]
    [InlineData("-device qemu-xhci -device usb-tablet -device usb-kbd", "-device qemu-xhci -device usb-tablet -device usb-kbd")]
    [InlineData("-device qemu-xhci -device usb-tablet,port=2", "-device qemu-xhci -device usb-tablet,port=2")]
    [InlineData("-M q35 -usb -device usb-tablet -device usb-tablet", "-device usb-tablet -device usb-tablet -usb")]
    public void Another_tablet_is_kept(string options, string kept)
    {
        Assert.False(Read(options).Tablet);
        Assert.Equal(kept.Split(' ').Order(StringComparer.Ordinal), Kept(options).Split(' ').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("-device vfio-pci,host=01:00.0", "pci-01-00.0 0000:01:00.0")]
    [InlineData("-M q35 -device vfio-pci,host=0000:0A:00.0,bus=pcie.0,multifunction=on -device vfio-pci,host=0a:00.1,bus=pcie.0", "pci-0a-00.0 0000:0a:00.0|pci-0a-00.1 0000:0a:00.1")]
    [InlineData("-M q35 -device ioh3420,bus=pcie.0,addr=1c.0,multifunction=on,port=1,chassis=1,id=root.1 -device vfio-pci,host=01:00.0,bus=root.1,addr=00.0,multifunction=on,romfile=/rom/x.bin,x-vga=on -device vfio-pci,host=01:00.1,bus=root.1,addr=00.1 -vga none", "pci-01-00.0 0000:01:00.0 rom=/rom/x.bin primary|pci-01-00.1 0000:01:00.1")]
    [InlineData("-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/11111111-2222-3333-4444-555555555555,id=vgpu", "vgpu 11111111-2222-3333-4444-555555555555")]
    [InlineData("-device vfio-pci,sysfsdev=/sys/bus/pci/devices/10000:e1:00.3,rombar=0", "pci-10000-e1-00.3 10000:e1:00.3 norom")]
    [InlineData("""-device '{"driver":"vfio-pci","host":"0000:01:00.0","rombar":1}'""", "pci-01-00.0 0000:01:00.0")]
    public void PCI_devices_of_the_host(string options, string expected)
    {
        var machine = Read(options);
        var devices = machine.PciDevices.Select(device => $"{device.Id} {device.Address ?? $"{device.Uuid}"}{(device.RomPath is { } rom ? $" rom={rom}" : "")}{(device.NoRom ? " norom" : "")}{(device.PrimaryGpu ? " primary" : "")}");

        Assert.Equal(expected, string.Join('|', devices));
        Assert.Empty(machine.QemuArgument);
    }

    [Theory]
    [InlineData("-device vfio-pci,host=00:02.0,addr=0x2")]
    [InlineData("-device vfio-pci,host=01:00.0,x-igd-opregion=on")]
    [InlineData("-device vfio-pci,host=01:00.0,x-vga=on")]
    [InlineData("-M q35 -device pcie-root-port,id=r -device vfio-pci,host=01:00.0,bus=r -device nvme,bus=r,serial=x")]
    [InlineData("-M q35 -device pcie-root-port,id=r,hotplug=off -device vfio-pci,host=01:00.0,bus=r")]
    [InlineData("-device vfio-pci,host=nonsense")]
    public void Other_PCI_devices_of_the_host_are_kept(string options)
    {
        Assert.Empty(Read(options).PciDevices);
        Assert.Contains("vfio-pci", Kept(options), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-virtfs local,path=share,mount_tag=src,security_model=none,readonly=on", "share-src src /s/share read-only")]
    [InlineData("-virtfs local,path=/srv/x,mount_tag=src,security_model=mapped-xattr,id=host0,multidevs=remap", "share-src src /srv/x")]
    [InlineData("-fsdev local,id=f,path=/srv/a,,b,security_model=mapped -device virtio-9p-pci,fsdev=f,mount_tag=t", "share-t t /srv/a,b")]
    [InlineData("-device virtio-9p,id=nine,fsdev=f,mount_tag=t -fsdev local,id=f,path=/srv,security_model=passthrough,readonly", "nine t /srv read-only")]
    public void Shared_folders(string options, string expected)
    {
        var folder = Assert.Single(Read(options).SharedFolders);

        Assert.Equal(expected, $"{folder.Id} {folder.Tag} {folder.Path}{(folder.ReadOnly ? " read-only" : "")}");
        Assert.Equal(VmSharedFolderType.NineP, folder.Type);
        Assert.Empty(Kept(options));
    }

    // Files under another security model would look otherwise, and of virtiofs QEMU does not know the folder.
    [Theory]
    [InlineData("-virtfs local,path=/srv,mount_tag=src,security_model=none")]
    [InlineData("-virtfs local,path=/srv,mount_tag=src,security_model=mapped-file")]
    [InlineData("-virtfs local,path=/srv,mount_tag=src,security_model=mapped,readonly=on")]
    [InlineData("-virtfs local,path=/srv,mount_tag=src,security_model=mapped,fmode=0600")]
    [InlineData("-virtfs local,path=/srv,mount_tag=a/b,security_model=mapped")]
    [InlineData("-fsdev synth,id=f -device virtio-9p-pci,fsdev=f,mount_tag=t")]
    [InlineData("-fsdev local,id=f,path=/srv,security_model=mapped -device virtio-9p-pci,fsdev=f,mount_tag=t,iommu_platform=on")]
    [InlineData("-chardev socket,id=c,path=/tmp/s -device vhost-user-fs-pci,chardev=c,tag=t")]
    public void Other_shared_folders_are_kept(string options)
    {
        Assert.Empty(Read(options).SharedFolders);
        Assert.Equal(options.Split(' ').Order(StringComparer.Ordinal), Kept(options).Split(' ').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("sudo /usr/libexec/virtiofsd --socket-path=/tmp/vfs --shared-dir=share --readonly --sandbox none &", "-object memory-backend-memfd,id=mem,size=1G,share=on -numa node,memdev=mem", true, "")]
    [InlineData("virtiofsd --socket-path $SOCK -o source=./share,cache=auto -o allow_direct_io &", "-machine memory-backend=m,vmport=off -object memory-backend-file,id=m,size=1G,mem-path=/dev/shm,share=on", false, "-machine vmport=off")]
    public void A_folder_of_virtiofs_becomes_a_property_where_the_script_starts_virtiofsd(string daemon, string memory, bool readOnly, string kept)
    {
        var script = $"SOCK=/tmp/vfs\n{daemon}\nqemu-system-x86_64 -m 1G {memory} -chardev socket,id=c,path=/tmp/vfs -device vhost-user-fs-pci,queue-size=1024,chardev=c,tag=src";
        var machine = CommandLineReader.ReadScript(script, new CommandLineSource(null, "/s"), _said)[0];

        Assert.Equal([new VmSharedFolder { Id = "share-src", Tag = "src", Path = "/s/share", Type = VmSharedFolderType.VirtioFs, ReadOnly = readOnly }], machine.SharedFolders);
        Assert.Equal(kept, string.Join(' ', machine.QemuArgument));
    }

    [Theory]
    [InlineData("virtiofsd --socket-path=/tmp/other --shared-dir=/srv", "-object memory-backend-memfd,id=mem,size=1G,share=on -numa node,memdev=mem")]
    [InlineData("virtiofsd --socket-path=/tmp/vfs --shared-dir=$(mktemp -d)", "-object memory-backend-memfd,id=mem,size=1G,share=on -numa node,memdev=mem")]
    [InlineData("virtiofsd --socket-path=/tmp/vfs --shared-dir=/srv", "-object memory-backend-memfd,id=mem,size=1G -numa node,memdev=mem")]
    public void Otherwise_all_of_it_is_kept(string daemon, string memory)
    {
        var options = $"{memory} -chardev socket,id=c,path=/tmp/vfs -device vhost-user-fs-pci,chardev=c,tag=src";
        var machine = CommandLineReader.ReadScript($"{daemon} &\nqemu-system-x86_64 -m 1G {options}", new CommandLineSource(null, "/s"), _said)[0];

        Assert.Empty(machine.SharedFolders);
        Assert.Equal(options.Split(' ').Order(StringComparer.Ordinal), machine.QemuArgument.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("-boot d", "CdRom Disk Network")]
    [InlineData("-boot order=nc", "Network Disk CdRom")]
    [InlineData("-drive file=a,if=none,id=a,format=raw -device virtio-blk,drive=a,bootindex=2 -device ide-cd,bootindex=1", "CdRom Disk Network")]
    // Where something that is kept could be booted from, the firmware finds its way as it did.
    [InlineData("-drive file=a,if=virtio,aio=native -cdrom b", "")]
    public void Boot_order(string options, string expected) => Assert.Equal(expected, string.Join(' ', Read(options).BootOrder));

    [Theory]
    [InlineData("-vga qxl", VmVga.Qxl, VmSound.None, VmUsbController.None)]
    [InlineData("-device virtio-vga -device AC97", VmVga.Virtio, VmSound.AC97, VmUsbController.None)]
    [InlineData("-soundhw hda -device qemu-xhci", VmVga.Std, VmSound.Hda, VmUsbController.Xhci)]
    [InlineData("-M q35 -usb -device intel-hda -device hda-duplex", VmVga.Std, VmSound.Hda, VmUsbController.Ehci)]
    public void Devices(string options, VmVga vga, VmSound sound, VmUsbController usb)
    {
        var machine = Read(options);

        Assert.Equal((vga, sound, usb), (machine.Vga, machine.Sound, machine.UsbController));
        Assert.Empty(machine.QemuArgument);
    }

    [Theory]
    [InlineData("-hdaa x", ErrorId.InvalidCommandLine, "-hdaa")]
    [InlineData("-m", ErrorId.InvalidCommandLine, "needs an argument")]
    [InlineData("-m much", ErrorId.InvalidCommandLine, "not a size")]
    [InlineData("-smp few", ErrorId.InvalidCommandLine, "'few'")]
    [InlineData("-uuid 1", ErrorId.InvalidCommandLine, "UUID")]
    [InlineData("-device '{\"driver\":'", ErrorId.InvalidCommandLine, "JSON")]
    [InlineData("-hdc a -cdrom b", ErrorId.InvalidCommandLine, "taken")]
    [InlineData("-M isapc", ErrorId.NotSupported, "isapc")]
    [InlineData("-device help", ErrorId.NotSupported, "asks QEMU")]
    [InlineData("-readconfig f", ErrorId.NotSupported, "configuration")]
    [InlineData("-accel hvf", ErrorId.NotSupported, "hvf")]
    public void Errors_name_the_option_and_its_place(string options, ErrorId id, string named)
    {
        var error = Assert.Throws<QemuException>(() => Read("\\\n " + options));

        Assert.Equal(id, error.Id);
        Assert.StartsWith("Line 2, column ", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_format_of_an_image_comes_from_its_header_and_a_missing_one_is_warned_about()
    {
        var folder = Directory.CreateTempSubdirectory("qps").FullName;
        byte[] qcow2 = [(byte)'Q', (byte)'F', (byte)'I', 0xfb, 0, 0, 0, 3];
        try
        {
            System.Diagnostics.Process.Start("qemu-img", ["create", "-q", "-f", "vmdk", $"{folder}/a.img", "1M"]).WaitForExit();
            File.WriteAllBytes($"{folder}/b.img", qcow2);
            var machine = CommandLineReader.ReadScript("qemu-system-x86_64 -hda a.img -hdb b.img -hdc c.vdi", new CommandLineSource(null, folder), _said)[0];

            Assert.Equal(["vmdk", "raw", "vdi"], machine.Drives.Select(drive => drive.Format));
            Assert.Contains(_said.Warnings, warning => warning.Contains("b.img' cannot be read", StringComparison.Ordinal));
            Assert.Contains(_said.Warnings, warning => warning.Contains("c.vdi' is not there", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("-name 'Windows 10',process=win", "Windows 10", 0)]
    [InlineData("-name guest=a/b", "a-b", 1)]
    [InlineData("", "start", 0)]
    public void The_name_is_the_guests_or_the_scripts(string options, string name, int warnings)
    {
        Assert.Equal(name, CommandLineReader.ReadScript($"qemu-system-x86_64 {options}", new CommandLineSource("/s/start.sh", "/s"), _said)[0].Name);
        Assert.Equal(warnings, _said.Warnings.Count);
    }

    [Fact]
    public void A_script_with_two_machines_gives_two() =>
        Assert.Equal([1UL << 30, 2UL << 30], CommandLineReader.ReadScript("qemu-system-x86_64 -m 1G &\nqemu-system-x86_64 -m 2G", new CommandLineSource(null, "/s"), _said).Select(machine => machine.MemoryStartupBytes));

    private VmDefinition Read(string options) => CommandLineReader.ReadScript($"qemu-system-x86_64 {options}", new CommandLineSource(null, "/s"), _said)[0];

    private string Kept(string options) => string.Join(' ', Read(options).QemuArgument);
}
