namespace QemuPS.Machines;

/// <summary>A <c>-device</c> with its driver's full name.</summary>
internal sealed record DraftDevice(GivenOption Option, string Driver)
{
    // softmmu/qdev-monitor.c, qdev_alias_table, for a PC.
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["ahci"] = "ich9-ahci",
        ["e1000-82540em"] = "e1000",
        ["lsi"] = "lsi53c895a",
        ["ide-drive"] = "ide-hd",
        ["scsi-disk"] = "scsi-hd",
        ["virtio-9p"] = "virtio-9p-pci",
        ["virtio-balloon"] = "virtio-balloon-pci",
        ["virtio-blk"] = "virtio-blk-pci",
        ["virtio-gpu"] = "virtio-gpu-pci",
        ["virtio-net"] = "virtio-net-pci",
        ["virtio-rng"] = "virtio-rng-pci",
        ["virtio-scsi"] = "virtio-scsi-pci",
        ["virtio-serial"] = "virtio-serial-pci",
        ["virtio-input-host"] = "virtio-input-host-pci",
        ["virtio-keyboard"] = "virtio-keyboard-pci",
        ["virtio-mouse"] = "virtio-mouse-pci",
        ["virtio-tablet"] = "virtio-tablet-pci",
    };

    /// <summary>The device's id; null for none.</summary>
    public string? Id => List().Take("id");

    /// <summary>Nothing is said about it but its id.</summary>
    public bool HasOnlyAnId
    {
        get
        {
            var list = List();
            list.Take("id");
            return list.IsEmpty;
        }
    }

    /// <summary>Reads the option.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> for a question, <see cref="ErrorId.InvalidCommandLine"/></exception>
    public static DraftDevice From(GivenOption option)
    {
        if (MachineOptions.IsQuestion(option.Argument)) throw MachineOptions.Question(option);
        var driver = option.List("driver").Take("driver") ?? throw option.Invalid("it names no device.");
        return new DraftDevice(option, Aliases.GetValueOrDefault(driver, driver));
    }

    /// <summary>The properties, without the driver.</summary>
    public OptionList List()
    {
        var list = Option.List("driver");
        list.Take("driver");
        return list;
    }
}
