using System.Globalization;

namespace QemuPS.Machines;

/// <summary>The devices of a command line that are neither drives nor network adapters.</summary>
internal sealed class DeviceDraft(MachineDraft machine)
{
    private static readonly Dictionary<string, string> UsbNames = new(StringComparer.Ordinal)
    {
        ["tablet"] = "usb-tablet", ["mouse"] = "usb-mouse", ["keyboard"] = "usb-kbd", ["wacom-tablet"] = "usb-wacom-tablet",
        ["braille"] = "usb-braille", ["ccid"] = "usb-ccid", ["audio"] = "usb-audio", ["u2f-key"] = "u2f-passthru",
    };

    private static readonly Dictionary<string, VmVga> VgaDrivers = new(StringComparer.Ordinal)
    {
        ["VGA"] = VmVga.Std, ["qxl-vga"] = VmVga.Qxl, ["virtio-vga"] = VmVga.Virtio, ["cirrus-vga"] = VmVga.Cirrus, ["vmware-svga"] = VmVga.Vmware,
    };

    // softmmu/vl.c, default_list: one of these, and the machine comes without its usual adapter.
    private static readonly HashSet<string> OtherVgaDrivers = new(StringComparer.Ordinal) { "isa-vga", "isa-cirrus-vga", "virtio-vga-gl", "ati-vga", "vhost-user-vga" };

    private readonly MachineDraft _machine = machine;
    private readonly List<DraftDevice> _devices = [];
    private readonly List<GivenOption> _audio = [];
    private readonly List<UsbDeviceGroup> _usb = [];
    private readonly List<string> _globals = [];

    /// <summary><c>-usb</c>, or what implies it.</summary>
    public bool UsbWanted { get; set; }

    /// <summary>The devices.</summary>
    public IReadOnlyList<DraftDevice> All => _devices;

    /// <summary>All options that are about devices.</summary>
    public IEnumerable<GivenOption> Options => [.. _devices.Select(device => device.Option), .. _audio];

    /// <summary>A device takes the place of the display adapter that a machine has anyhow.</summary>
    public bool HasVga => Drivers.Any(driver => VgaDrivers.ContainsKey(driver) || OtherVgaDrivers.Contains(driver));

    /// <summary>A device takes the place of the CD drive that a machine has anyhow.</summary>
    public bool HasDisc => Drivers.Any(driver => driver is "ide-cd" or "ide-hd" or "ide-cf" or "scsi-cd" or "scsi-hd");

    // softmmu/vl.c, default_driver_check: that a driver is spoken of is enough.
    private IEnumerable<string> Drivers => _devices.Select(device => device.Driver).Concat(_globals);

    /// <summary><c>-device</c> and <c>-audiodev</c>.</summary>
    public void Add(GivenOption option)
    {
        if (option.Name == "audiodev") _audio.Add(option);
        else _devices.Add(DraftDevice.From(option));
    }

    /// <summary><c>-global</c>: a property of every device of a driver.</summary>
    public void AddGlobal(GivenOption option)
    {
        var dot = option.Argument.IndexOf('.', StringComparison.Ordinal);
        if (option.List().Take("driver") is { } driver) _globals.Add(driver);
        else if (dot > 0) _globals.Add(option.Argument[..dot]);
        _machine.Keep(option);
    }

    /// <summary><c>-usbdevice</c>.</summary>
    public void AddUsb(GivenOption option)
    {
        UsbWanted = true;
        var name = option.Argument;
        if (name.StartsWith("host:", StringComparison.Ordinal)) _usb.Add(new UsbDeviceGroup([], HostDevice(option, name["host:".Length..])));
        else if (UsbNames.TryGetValue(name, out var driver)) AddMade(option, driver);
        else _machine.Keep(option);
    }

    /// <summary><c>-soundhw</c>, which was <c>-device</c> with a short name.</summary>
    public void AddSoundCards(GivenOption option)
    {
        foreach (var name in option.Argument.Split(','))
        {
            if (name is "all" or "help" or "?" or "pcspk") throw option.NotSupported($"'{name}' names no sound card.", "Name them: -device AC97.");
            if (name == "hda") AddMade(option, "intel-hda", "hda-duplex");
            else AddMade(option, name switch { "ac97" => "AC97", "es1370" => "ES1370", _ => name });
        }
    }

    /// <summary>What can become a property.</summary>
    public IEnumerable<DraftGroup> Groups() =>
        new IEnumerable<DraftGroup>[] { Sound(), Vga(), UsbControllers(), _usb, _devices.Select(UsbDevice).OfType<UsbDeviceGroup>(), Ports(), Standard() }.SelectMany(groups => groups);

    private void AddMade(GivenOption option, params string[] drivers)
    {
        foreach (var driver in drivers) Add(option with { Name = "device", Value = driver });
    }

    // A card whose sound goes somewhere is kept: the property's sound goes nowhere.
    private IEnumerable<DraftGroup> Sound()
    {
        if (_audio.Any(option => option.List("driver").Take("driver") != "none")) yield break;
        var cards = _devices.Where(device => device.Driver is "AC97" or "intel-hda" or "hda-duplex" && IsBareSound(device)).ToList();
        VmSound? sound = cards.Select(card => card.Driver).ToArray() switch
        {
            ["AC97"] => VmSound.AC97,
            ["intel-hda", "hda-duplex"] => VmSound.Hda,
            _ => null,
        };
        if (sound is null || _devices.Any(device => device.Driver.StartsWith("hda-", StringComparison.Ordinal) && !cards.Contains(device))) yield break;
        yield return new SoundGroup([.. cards.Select(card => card.Option), .. _audio], sound.Value);
    }

    private static bool IsBareSound(DraftDevice device)
    {
        var list = device.List();
        list.Take("id", "audiodev", "bus");
        return list.IsEmpty;
    }

    private IEnumerable<DraftGroup> Vga()
    {
        var adapters = _devices.Where(device => VgaDrivers.ContainsKey(device.Driver) || OtherVgaDrivers.Contains(device.Driver)).ToList();
        if (adapters is [{ HasOnlyAnId: true } only] && VgaDrivers.TryGetValue(only.Driver, out var vga) && _machine.Vga is null or VmVga.None) yield return new VgaGroup([only.Option], vga);
    }

    private IEnumerable<DraftGroup> UsbControllers()
    {
        var controllers = _devices.Where(device => device.Driver.Contains("-usb-", StringComparison.Ordinal) || device.Driver.EndsWith("-xhci", StringComparison.Ordinal) || device.Driver.EndsWith("-ehci", StringComparison.Ordinal)).ToList();
        // QEMU makes the devices that are written in JSON, as ours are, after all others: what is kept would find no bus.
        if (_devices.Any(device => NeedsUsb(device) && UsbDevice(device) is null)) yield break;
        // A q35 machine with -usb has the same that the property gives; a PC has one that is older.
        if (UsbWanted && !_machine.IsPc && controllers.Count == 0) yield return new UsbControllerGroup([], VmUsbController.Ehci);
        if (UsbWanted) yield break;
        if (controllers is [{ Driver: "qemu-xhci" } xhci] && IsPlainXhci(xhci)) yield return new UsbControllerGroup([xhci.Option], VmUsbController.Xhci);
        if (IsEhciWithCompanions(controllers)) yield return new UsbControllerGroup([.. controllers.Select(controller => controller.Option)], VmUsbController.Ehci);
    }

    private static bool NeedsUsb(DraftDevice device) =>
        device.Driver is "canokey" || device.Driver.StartsWith("u2f-", StringComparison.Ordinal)
        || (device.Driver.StartsWith("usb-", StringComparison.Ordinal) && device.Driver is not ("usb-ehci" or "usb-uhci"));

    private static bool IsPlainXhci(DraftDevice device)
    {
        var list = device.List();
        list.Take("id", "p2", "p3");
        return list.IsEmpty;
    }

    private static bool IsEhciWithCompanions(List<DraftDevice> controllers) =>
        controllers.Select(controller => controller.Driver).SequenceEqual(["ich9-usb-ehci1", "ich9-usb-uhci1", "ich9-usb-uhci2", "ich9-usb-uhci3"])
        && controllers[0].List().Take("addr") is "1d.7" or "0x1d.7" or "0x1d.0x7";

    private UsbDeviceGroup? UsbDevice(DraftDevice device)
    {
        if (device.Driver != "usb-host") return null;
        var list = device.List();
        var (vendor, product) = (list.TakeNumber("vendorid"), list.TakeNumber("productid"));
        var (bus, address, port) = (list.TakeNumber("hostbus"), list.TakeNumber("hostaddr"), list.Take("hostport"));
        var id = list.Take("id");
        var noReset = list.TakeSwitch("guest-reset") == false;
        var capture = list.Take("pcap");
        if (list.Rest is [{ Key: "bus", Value: UsbArguments.Bus }]) list.Take("bus");
        UsbMatch? match = (vendor, product, bus, address, port) switch
        {
            ({ } v, { } p, null, null, null) => Kind(v, p),
            (null, null, { } b, { } a, null) => new UsbMatch { IdentifyBy = UsbIdentifyBy.Address, BusNumber = b, DeviceNumber = a },
            (null, null, { } b, null, { } socket) => new UsbMatch { IdentifyBy = UsbIdentifyBy.Port, BusNumber = b, Port = socket },
            _ => null,
        };
        if (match is null || !list.IsEmpty) return null;
        var found = new VmUsbDevice { Id = id ?? IdOf(match), Match = match, NoGuestReset = noReset, CapturePath = capture is null ? null : _machine.Paths.OfFile(capture) };
        return new UsbDeviceGroup([device.Option], found);
    }

    // host:BUS.ADDRESS and host:VENDOR:PRODUCT, the latter hexadecimal.
    private static VmUsbDevice HostDevice(GivenOption option, string name)
    {
        UsbMatch? match = name.Split('.') is [var bus, var address] && OptionList.Number(bus) is { } b && OptionList.Number(address) is { } a
            ? new UsbMatch { IdentifyBy = UsbIdentifyBy.Address, BusNumber = b, DeviceNumber = a }
            : name.Split(':') is [var vendor, var product] && Hex(vendor) is { } v && Hex(product) is { } p ? Kind(v, p) : null;
        return match is null ? throw option.Invalid("this is neither host:BUS.ADDRESS nor host:VENDOR:PRODUCT.") : new VmUsbDevice { Id = IdOf(match), Match = match };
    }

    private static int? Hex(string text) => OptionList.Number(text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text : "0x" + text);

    private static UsbMatch Kind(int vendor, int product) => new()
    {
        IdentifyBy = UsbIdentifyBy.VendorProduct,
        VendorId = vendor.ToString("x4", CultureInfo.InvariantCulture),
        ProductId = product.ToString("x4", CultureInfo.InvariantCulture),
    };

    private static string IdOf(UsbMatch match) => "usb-" + match.ToString().Replace(':', '-').Replace(' ', '-');

    // The free slots as a machine of ours has them.
    private IEnumerable<DraftGroup> Ports()
    {
        var ports = _devices.Where((device, _) => device.Driver == "pcie-root-port" && device.Id?.StartsWith("hotplug", StringComparison.Ordinal) == true).ToList();
        if (ports.Count > 0) yield return new HotplugPortGroup([.. ports.Select(port => port.Option)]);
    }

    // A PC has a floppy drive anyhow.
    private IEnumerable<DraftGroup> Standard() =>
        _machine.IsPc ? _devices.Where(device => device is { Driver: "floppy", HasOnlyAnId: true }).Take(1).Select(device => new StandardGroup([device.Option])) : [];
}
