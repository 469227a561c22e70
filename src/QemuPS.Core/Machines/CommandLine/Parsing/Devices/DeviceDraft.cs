namespace QemuPS.Machines;

/// <summary>The devices of a command line that are neither drives nor network adapters.</summary>
internal sealed class DeviceDraft(MachineDraft machine)
{
    private static readonly Dictionary<string, VmVga> VgaDrivers = new(StringComparer.Ordinal)
    {
        ["VGA"] = VmVga.Std, ["qxl-vga"] = VmVga.Qxl, ["virtio-vga"] = VmVga.Virtio, ["cirrus-vga"] = VmVga.Cirrus, ["vmware-svga"] = VmVga.Vmware,
    };

    // softmmu/vl.c, default_list: one of these, and the machine comes without its usual adapter.
    private static readonly HashSet<string> OtherVgaDrivers = new(StringComparer.Ordinal) { "isa-vga", "isa-cirrus-vga", "virtio-vga-gl", "ati-vga", "vhost-user-vga" };

    private readonly MachineDraft _machine = machine;
    private readonly List<DraftDevice> _devices = [];
    private readonly List<GivenOption> _audio = [];
    private readonly List<string> _globals = [];

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

    /// <summary>An option that was <c>-device</c> with another name.</summary>
    public void AddMade(GivenOption option, params string[] drivers)
    {
        foreach (var driver in drivers) Add(option with { Name = "device", Value = driver });
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
        new IEnumerable<DraftGroup>[] { Sound(), Vga(), _machine.Usb.Groups(_devices), new PciDraft(_machine, _devices).Groups(), _machine.Shares.Groups(_devices), Ports(), Standard() }.SelectMany(groups => groups);

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
