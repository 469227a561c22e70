namespace QemuPS.Machines;

/// <summary>
/// Options that make one property together: a block node with its device, a network with its adapter. Either all of them
/// become it, or all are kept as they are.
/// </summary>
internal abstract record DraftGroup(IReadOnlyList<GivenOption> Options)
{
    /// <summary>The ids that other options may speak of.</summary>
    public IEnumerable<string> Ids => Options.Where(option => option.Value is not null).SelectMany(option => IdsOf(option.Argument));

    /// <summary>An option gives a device a place in the boot order.</summary>
    public bool HasBootIndex => Options.Any(option => option.Value?.Contains("bootindex", StringComparison.Ordinal) == true);

    /// <summary>The ids that an option's argument gives.</summary>
    public static IEnumerable<string> IdsOf(string argument) => ItemsOf(argument).Where(item => item.Key is "id" or "node-name").Select(item => item.Value);

    /// <summary>The values of an argument; it need not be a list.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ItemsOf(string argument)
    {
        try
        {
            return OptionList.Parse(argument, "").Rest;
        }
        catch (FormatException)
        {
            return [new("", argument)];
        }
    }
}

/// <summary>Drives on one bus.</summary>
internal sealed record DriveGroup(IReadOnlyList<GivenOption> Options, IReadOnlyList<DraftDrive> Drives) : DraftGroup(Options);

/// <summary>A network adapter.</summary>
internal sealed record AdapterGroup(IReadOnlyList<GivenOption> Options, VmNetworkAdapter Adapter, string? MacAddress, int? BootIndex) : DraftGroup(Options);

/// <summary>A sound card.</summary>
internal sealed record SoundGroup(IReadOnlyList<GivenOption> Options, VmSound Sound) : DraftGroup(Options);

/// <summary>A display adapter.</summary>
internal sealed record VgaGroup(IReadOnlyList<GivenOption> Options, VmVga Vga) : DraftGroup(Options);

/// <summary>A USB controller, with the tablet that is on it.</summary>
internal sealed record UsbControllerGroup(IReadOnlyList<GivenOption> Options, VmUsbController Controller, bool HasTablet) : DraftGroup(Options);

/// <summary>A USB device of the host.</summary>
internal sealed record UsbDeviceGroup(IReadOnlyList<GivenOption> Options, VmUsbDevice Device) : DraftGroup(Options);

/// <summary>A PCI device of the host, with the port it is behind.</summary>
internal sealed record PciDeviceGroup(IReadOnlyList<GivenOption> Options, IReadOnlyList<VmPciDevice> Devices) : DraftGroup(Options);

/// <summary>A folder of the host.</summary>
internal sealed record SharedFolderGroup(IReadOnlyList<GivenOption> Options, VmSharedFolder Folder) : DraftGroup(Options);

/// <summary>Free slots for devices.</summary>
internal sealed record HotplugPortGroup(IReadOnlyList<GivenOption> Options) : DraftGroup(Options);

/// <summary>What every machine has anyhow.</summary>
internal sealed record StandardGroup(IReadOnlyList<GivenOption> Options) : DraftGroup(Options);
