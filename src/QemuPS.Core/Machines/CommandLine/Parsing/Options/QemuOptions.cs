namespace QemuPS.Machines;

/// <summary>
/// Every option of QEMU for a PC (qemu-options.hx of QEMU 7.2), those that have gone and are still in people's scripts, and
/// what becomes of each. An option that only has <c>Keep</c> has no property of its own.
/// </summary>
internal static class QemuOptions
{
    private static readonly QemuOptionInfo[] Table =
    [
        // The machine
        Value("machine", MachineOptions.Machine),
        Value("M", MachineOptions.Machine),
        Value("cpu", MachineOptions.Cpu),
        Value("accel", MachineOptions.Accel),
        Flag("enable-kvm", (draft, _) => draft.Accelerator = VmAccelerator.Kvm),
        Value("smp", MachineOptions.Smp),
        Value("m", MachineOptions.Memory),
        Value("name", MachineOptions.Name),
        Value("uuid", MachineOptions.Uuid),
        Value("boot", BootOptions.Boot),
        Value("kernel", MachineOptions.Kernel),
        Value("initrd", MachineOptions.Initrd),
        Value("append", (draft, option) => draft.KernelCommandLine = option.Argument),
        KeepPath("dtb"),
        Keep("bios"),
        Keep("numa"),
        Keep("rtc"),
        Keep("icount"),
        Keep("acpitable"),
        Keep("smbios"),
        Keep("fw_cfg"),
        Keep("option-rom"),
        Value("global", (draft, option) => draft.Devices.AddGlobal(option)),
        Keep("set"),
        KeepPath("mem-path"),
        KeepFlag("mem-prealloc"),
        Keep("overcommit"),
        KeepFlag("no-acpi"),
        KeepFlag("no-hpet"),
        KeepFlag("no-fd-bootchk"),
        KeepFlag("win2k-hack"),
        KeepFlag("no-reboot"),
        KeepFlag("no-shutdown"),
        Keep("action"),
        Keep("watchdog-action"),
        KeepPath("L"),
        Flag("nodefaults", (draft, _) => draft.NoDefaults = true),

        // Disks
        Value("hda", (draft, option) => draft.Drives.AddSlot(option, 0)),
        Value("hdb", (draft, option) => draft.Drives.AddSlot(option, 1)),
        Value("hdc", (draft, option) => draft.Drives.AddSlot(option, 2)),
        Value("hdd", (draft, option) => draft.Drives.AddSlot(option, 3)),
        Value("cdrom", (draft, option) => draft.Drives.AddDisc(option)),
        Value("drive", (draft, option) => draft.Drives.AddDrive(option)),
        Value("blockdev", (draft, option) => draft.Drives.AddNode(option)),
        Flag("snapshot", (draft, option) => draft.Drives.Snapshot(option)),
        KeepPath("fda"),
        KeepPath("fdb"),
        KeepPath("mtdblock"),
        KeepPath("sd"),
        KeepPath("pflash"),
        Keep("iscsi"),

        // Devices
        Value("device", (draft, option) => draft.Devices.Add(option)),
        Value("object", MachineOptions.Object),
        Flag("usb", (draft, _) => draft.Usb.IsWanted = true),
        Value("usbdevice", (draft, option) => draft.Usb.Add(option)),
        Value("vga", DisplayOptions.Vga),
        Value("audiodev", (draft, option) => draft.Devices.Add(option)),
        Keep("audio"),
        Keep("tpmdev"),
        Value("fsdev", (draft, option) => draft.Shares.Add(option)),
        Value("virtfs", (draft, option) => draft.Shares.Add(option)),

        // The network
        Value("netdev", (draft, option) => draft.Network.AddBackend(option)),
        Value("nic", (draft, option) => draft.Network.AddNic(option)),
        Value("net", (draft, option) => draft.Network.AddLegacy(option)),

        // Displays
        Value("display", DisplayOptions.Display),
        Flag("nographic", DisplayOptions.NoGraphic),
        Keep("vnc"),
        Keep("spice"),
        KeepFlag("portrait"),
        Keep("rotate"),
        KeepFlag("full-screen"),
        Keep("k"),

        // Character devices and monitors
        Value("serial", (draft, option) => draft.Consoles.AddSerial(option)),
        Value("parallel", (draft, option) => draft.Consoles.AddParallel(option)),
        Value("monitor", (draft, option) => draft.Consoles.AddMonitor(option)),
        Value("chardev", (draft, option) => draft.Consoles.AddCharacterDevice(option)),
        Value("mon", (draft, option) => draft.Consoles.AddMon(option)),
        Ours("qmp", "commands reach it through Invoke-QmpCommand"),
        Ours("qmp-pretty", "commands reach it through Invoke-QmpCommand"),
        Keep("debugcon"),
        Keep("echr"),

        // The process
        OursFlag("daemonize", "a machine always runs on its own"),
        Ours("pidfile", "it is in the machine's runtime folder"),
        Ours("D", "the log is in the machine's runtime folder"),
        OursFlag("no-user-config", "no configuration is read but the definition"),
        Flag("S", (draft, option) => draft.Warn($"{option.Position}: -S is not kept. Start-QemuVm -Paused starts a machine that waits.")),
        Value("sandbox", MachineOptions.Sandbox),
        Value("readconfig", (_, option) => throw option.NotSupported("configuration files are not read.", "Put what is in the file on the command line.")),
        Keep("runas"),
        Keep("chroot"),
        Keep("add-fd"),
        Keep("incoming"),
        Keep("loadvm"),
        Keep("gdb"),
        KeepFlag("s"),
        Keep("d"),
        Keep("dfilter"),
        Keep("seed"),
        Keep("trace"),
        Keep("plugin"),
        Keep("msg"),
        Keep("compat"),
        KeepFlag("singlestep"),
        KeepFlag("preconfig"),
        KeepFlag("only-migratable"),
        KeepFlag("enable-sync-profile"),
        KeepFlag("async-teardown"),
        KeepPath("dump-vmstate"),
        Keep("xen-domid"),
        KeepFlag("xen-attach"),
        KeepFlag("xen-domid-restrict"),
        Question("h", takesArgument: false),
        Question("help", takesArgument: false),
        Question("version", takesArgument: false),
        Question("audio-help", takesArgument: false),

        // Gone, and still in scripts (docs/about/removed-features.rst of QEMU)
        Gone(Value("soundhw", (draft, option) => draft.Devices.AddSoundCards(option))),
        Gone(Value("redir", (draft, option) => draft.Network.AddRedirection(option))),
        Gone(Value("balloon", (draft, option) => draft.KeepInstead(option, option.Argument is "none" ? [] : ["-device", "virtio-balloon-pci"]))),
        Gone(Value("watchdog", (draft, option) => draft.KeepInstead(option, ["-device", option.Argument]))),
        Gone(Value("startdate", (draft, option) => draft.KeepInstead(option, ["-rtc", $"base={option.Argument}"]))),
        Gone(Flag("localtime", (draft, option) => draft.KeepInstead(option, ["-rtc", "base=localtime"]))),
        Gone(Flag("rtc-td-hack", (draft, option) => draft.KeepInstead(option, ["-rtc", "driftfix=slew"]))),
        Gone(Flag("std-vga", (draft, _) => draft.Vga = VmVga.Std)),
        Gone(Flag("vmwarevga", (draft, _) => draft.Vga = VmVga.Vmware)),
        Gone(Flag("no-kvm", (draft, _) => draft.Accelerator = VmAccelerator.Tcg)),
        Gone(Flag("enable-hax", (draft, option) => throw option.NotSupported("HAXM is not an accelerator of Linux."))),
        Gone(Flag("curses", DisplayOptions.Curses)),
        Gone(Flag("sdl", (draft, option) => draft.KeepInstead(option, ["-display", "sdl"]))),
        Gone(Value("realtime", (draft, option) => draft.KeepInstead(option, ["-overcommit", $"mem-lock={option.List().Take("mlock") ?? "on"}"]))),
        Gone(OursFlag("no-kvm-irqchip", "it was for KVM of long ago; -machine kernel-irqchip=off says the same")),
        Gone(OursFlag("no-kqemu", "kqemu is gone")),
        Gone(OursFlag("kernel-kqemu", "kqemu is gone")),
        Gone(OursFlag("tdf", "it had no effect for long")),
        Gone(OursFlag("no-frame", "it was about a window's decoration")),
        Gone(OursFlag("no-quit", "it was about a window's decoration")),
        Gone(OursFlag("alt-grab", "it was about a window's keys")),
        Gone(OursFlag("ctrl-grab", "it was about a window's keys")),
        Gone(OursFlag("nodefconfig", "no configuration is read but the definition")),
        Gone(OursFlag("show-cursor", "it was about a window; -display sdl,show-cursor=on says the same")),
        Gone(Ours("writeconfig", "the definition is the machine's configuration")),
        Gone(Ours("hdachs", "QEMU finds the geometry on its own")),
    ];

    private static readonly Dictionary<string, QemuOptionInfo> ByName = Table.ToDictionary(option => option.Name, StringComparer.Ordinal);

    /// <summary>All options.</summary>
    public static IReadOnlyList<QemuOptionInfo> All => Table;

    /// <summary>The option of a name, without its dashes; null where QEMU has none.</summary>
    public static QemuOptionInfo? Find(string name) => ByName.GetValueOrDefault(name);

    private static QemuOptionInfo Value(string name, Action<MachineDraft, GivenOption> read) => new(name, true, read);

    private static QemuOptionInfo Flag(string name, Action<MachineDraft, GivenOption> read) => new(name, false, read);

    private static QemuOptionInfo Keep(string name) => new(name, true, (draft, option) => draft.Keep(option));

    // A relative path means the script's folder, and the machine is started from elsewhere.
    private static QemuOptionInfo KeepPath(string name) =>
        new(name, true, (draft, option) => draft.Keep(option with { Value = draft.Paths.OfFile(option.Argument) }));

    private static QemuOptionInfo KeepFlag(string name) => new(name, false, (draft, option) => draft.Keep(option));

    private static QemuOptionInfo Ours(string name, string why) => new(name, true, (draft, option) => draft.Drop(option, why));

    private static QemuOptionInfo OursFlag(string name, string why) => new(name, false, (draft, option) => draft.Drop(option, why));

    private static QemuOptionInfo Question(string name, bool takesArgument) =>
        new(name, takesArgument, (_, option) => throw option.NotSupported("this asks QEMU about itself and makes no machine."));

    private static QemuOptionInfo Gone(QemuOptionInfo option) => option with { Removed = true };
}
