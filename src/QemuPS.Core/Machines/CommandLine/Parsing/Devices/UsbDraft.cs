using System.Globalization;

namespace QemuPS.Machines;

/// <summary>The USB controllers of a command line, a tablet, and devices of the host.</summary>
internal sealed class UsbDraft(MachineDraft machine)
{
    private static readonly Dictionary<string, string> UsbNames = new(StringComparer.Ordinal)
    {
        ["tablet"] = "usb-tablet", ["mouse"] = "usb-mouse", ["keyboard"] = "usb-kbd", ["wacom-tablet"] = "usb-wacom-tablet",
        ["braille"] = "usb-braille", ["ccid"] = "usb-ccid", ["audio"] = "usb-audio", ["u2f-key"] = "u2f-passthru",
    };

    private readonly MachineDraft _machine = machine;
    private readonly List<UsbDeviceGroup> _named = [];
    private IReadOnlyList<DraftDevice> _devices = [];

    /// <summary><c>-usb</c>, or what implies it.</summary>
    public bool IsWanted { get; set; }

    /// <summary><c>-usbdevice</c>.</summary>
    public void Add(GivenOption option)
    {
        IsWanted = true;
        var name = option.Argument;
        if (name.StartsWith("host:", StringComparison.Ordinal)) _named.Add(new UsbDeviceGroup([], HostDevice(option, name["host:".Length..])));
        else if (UsbNames.TryGetValue(name, out var driver)) _machine.Devices.AddMade(option, driver);
        else _machine.Keep(option);
    }

    /// <summary>What can become a property.</summary>
    public IEnumerable<DraftGroup> Groups(IReadOnlyList<DraftDevice> devices)
    {
        _devices = devices;
        return [.. Controllers(), .. _named, .. HostGroups()];
    }

    private IReadOnlyList<DraftDevice> ControllerDevices =>
        [.. _devices.Where(device => device.Driver.Contains("-usb-", StringComparison.Ordinal) || device.Driver.EndsWith("-xhci", StringComparison.Ordinal) || device.Driver.EndsWith("-ehci", StringComparison.Ordinal))];

    // The controller that a property gives has only one bus, and what is on it need not say so.
    private string? PropertyBus => ControllerDevices switch
    {
        [] when IsWanted && !_machine.IsPc => "usb-bus.0",
        [{ Driver: "qemu-xhci" } only] when !IsWanted && IsPlainXhci(only) => only.Id is { } id ? id + ".0" : null,
        { Count: > 1 } several when !IsWanted && IsEhciWithCompanions(several) => several[0].Id is { } id ? id + ".0" : null,
        _ => null,
    };

    private IEnumerable<DraftGroup> Controllers()
    {
        var controllers = ControllerDevices;
        var tablet = Tablet();
        // QEMU makes the devices that are written in JSON, as ours are, after all others: what is kept would find no bus.
        if (_devices.Any(device => NeedsUsb(device) && device != tablet && UsbDevice(device) is null)) yield break;
        GivenOption[] pointer = tablet is null ? [] : [tablet.Option];
        // A q35 machine with -usb has the same that the property gives; a PC has one that is older.
        if (IsWanted && !_machine.IsPc && controllers.Count == 0) yield return new UsbControllerGroup(pointer, VmUsbController.Ehci, tablet is not null);
        if (IsWanted) yield break;
        if (controllers is [{ Driver: "qemu-xhci" } xhci] && IsPlainXhci(xhci)) yield return new UsbControllerGroup([xhci.Option, .. pointer], VmUsbController.Xhci, tablet is not null);
        if (IsEhciWithCompanions(controllers)) yield return new UsbControllerGroup([.. controllers.Select(controller => controller.Option), .. pointer], VmUsbController.Ehci, tablet is not null);
    }

    // The tablet of a PC with -usb stays where it is: the guests of such a machine may be too old for the controller that the property brings.
    private DraftDevice? Tablet()
    {
        if (IsWanted && _machine.IsPc) return null;
        return _devices.Where(device => device.Driver == "usb-tablet").ToList() is [var only] && IsBare(only) ? only : null;

        bool IsBare(DraftDevice device)
        {
            var list = device.List();
            list.Take("id");
            TakeBus(list);
            return list.IsEmpty;
        }
    }

    private void TakeBus(OptionList list)
    {
        if (list.Rest.Any(item => item.Key == "bus" && (item.Value == UsbArguments.Bus || item.Value == PropertyBus))) list.Take("bus");
    }

    // One socket that is a port of two buses is two devices for QEMU.
    private IEnumerable<UsbDeviceGroup> HostGroups()
    {
        var groups = _devices.Select(UsbDevice).OfType<UsbDeviceGroup>().ToList();
        foreach (var group in groups)
        {
            if (groups.Exists(other => PeerOf(other, group) is not null)) continue;
            if (groups.Find(other => PeerOf(group, other) is not null) is not { } second) yield return group;
            else yield return new UsbDeviceGroup([.. group.Options, .. second.Options], group.Device with { Match = group.Device.Match with { PeerBusId = PeerOf(group, second) } });
        }
    }

    private static string? PeerOf(UsbDeviceGroup first, UsbDeviceGroup second) =>
        second.Device is { Match: { IdentifyBy: UsbIdentifyBy.Port } match } && first.Device.Match.IdentifyBy == UsbIdentifyBy.Port && second.Device.Id == first.Device.Id + UsbArguments.PeerSuffix
            ? string.Create(CultureInfo.InvariantCulture, $"{match.BusNumber}-{match.Port}")
            : null;

    private static bool NeedsUsb(DraftDevice device) =>
        device.Driver is "canokey" || device.Driver.StartsWith("u2f-", StringComparison.Ordinal)
        || (device.Driver.StartsWith("usb-", StringComparison.Ordinal) && device.Driver is not ("usb-ehci" or "usb-uhci"));

    private static bool IsPlainXhci(DraftDevice device)
    {
        var list = device.List();
        list.Take("id", "p2", "p3");
        return list.IsEmpty;
    }

    private static bool IsEhciWithCompanions(IReadOnlyList<DraftDevice> controllers) =>
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
        TakeBus(list);
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
}
