namespace QemuPS.Devices.Usb;

/// <summary>
/// Decides how a machine names a USB device, and finds the device again. It only looks at the devices it is
/// given: nothing is read and nothing is changed.
/// </summary>
public static class UsbIdentification
{
    /// <summary>
    /// Chooses what a device is found by. <see cref="UsbIdentifyBy.Auto"/> takes the serial number when no other
    /// plugged-in device has the same, else the port; vendor and product only of what is not plugged in, whose port nobody knows.
    /// </summary>
    /// <param name="device">The device to give to a machine.</param>
    /// <param name="all">All devices of the host, the device itself among them.</param>
    /// <param name="by">What the user asks for.</param>
    /// <param name="force">Gives the device away although the host uses it; a hub never.</param>
    /// <exception cref="QemuException">
    /// <see cref="ErrorId.UsbDeviceIsHub"/>, <see cref="ErrorId.UsbDeviceInUse"/> (mounted, the only keyboard or mouse),
    /// <see cref="ErrorId.UsbDeviceAmbiguous"/> (what is asked for fits another device too) or
    /// <see cref="ErrorId.InvalidOption"/> (the device has no serial number to be found by).
    /// </exception>
    public static UsbChoice Choose(UsbDevice device, IEnumerable<UsbDevice> all, UsbIdentifyBy by = UsbIdentifyBy.Auto, bool force = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(all);
        if (device.IsHub)
        {
            throw new QemuException(ErrorId.UsbDeviceIsHub, $"{device} is a {(device.IsRootHub ? "root hub" : "hub")}; only what is plugged into it can be given to a machine.");
        }

        if (!device.IsPluggedIn) return ChooseAbsent(device, by);
        var use = UseByHost(device);
        if (use is { } inUse && !force)
        {
            throw new QemuException(ErrorId.UsbDeviceInUse, $"{device} {inUse.Reason}.", inUse.Advice);
        }

        var twins = all.Where(other => other.BusId != device.BusId && !other.IsHub && other.VendorId == device.VendorId && other.ProductId == device.ProductId).ToList();
        return Choose(device, twins, by) with { Warning = use is { } overruled ? $"{device} {overruled.Reason}." : null };
    }

    /// <summary>The device that a match means now.</summary>
    /// <param name="match">The match.</param>
    /// <param name="all">All devices of the host.</param>
    /// <returns>The device, or null when it is not plugged in.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.UsbDeviceAmbiguous"/> when the match fits more than one device.</exception>
    public static UsbDevice? Resolve(UsbMatch match, IEnumerable<UsbDevice> all)
    {
        ArgumentNullException.ThrowIfNull(match);
        ArgumentNullException.ThrowIfNull(all);
        var fitting = all.Where(match.Fits).ToList();
        if (fitting.Count > 1 && match.IdentifyBy == UsbIdentifyBy.Port)
        {
            // A socket's two halves hold two devices only for as long as one of them takes to leave.
            return fitting.Find(device => device.BusNumber == match.BusNumber && device.Port == match.Port) ?? fitting[0];
        }

        return fitting.Count <= 1 ? fitting.FirstOrDefault() : throw Ambiguous($"{match} fits {fitting.Count} devices", fitting);
    }

    // Of what is not there yet only a kind or a socket can be waited for.
    private static UsbChoice ChooseAbsent(UsbDevice device, UsbIdentifyBy by) => by switch
    {
        UsbIdentifyBy.Port when device.Port is not null => By(UsbIdentifyBy.Port, device, $"Nothing is known to be in port {device.BusId} now: whatever is plugged in there is meant."),
        UsbIdentifyBy.VendorProduct or UsbIdentifyBy.Auto when device.VendorId != UsbDevices.AnyId => By(UsbIdentifyBy.VendorProduct, device, $"{device.VendorId}:{device.ProductId} is not plugged in now: the next such device is meant."),
        UsbIdentifyBy.Auto => ChooseAbsent(device, UsbIdentifyBy.Port),
        _ => throw new QemuException(ErrorId.UsbDeviceNotFound, $"{device} is not plugged in, so it cannot be found by {by}.", "Use -IdentifyBy VendorProduct or Port: QEMU waits for these."),
    };

    private static UsbChoice Choose(UsbDevice device, List<UsbDevice> twins, UsbIdentifyBy by) => by switch
    {
        UsbIdentifyBy.Serial => BySerial(device, twins),
        UsbIdentifyBy.Port => By(UsbIdentifyBy.Port, device, $"Port {device.BusId} was asked for: whatever is plugged in there is meant."),
        UsbIdentifyBy.VendorProduct => ByVendorProduct(device, twins),
        UsbIdentifyBy.Address => By(UsbIdentifyBy.Address, device, $"The address was asked for: it is lost when {device} is unplugged."),
        _ => BySerialOrPort(device, twins),
    };

    // Vendor and product would let the next twin take its place, and lose a device that changes its product id (firmware update, modem).
    private static UsbChoice BySerialOrPort(UsbDevice device, List<UsbDevice> twins)
    {
        if (device.SerialNumber is { } serial && twins.TrueForAll(twin => twin.SerialNumber != serial))
        {
            return By(UsbIdentifyBy.Serial, device, $"The serial number {serial} names this one device, in whatever port it is.");
        }

        var lack = device.SerialNumber is null ? "has no serial number" : "shares its serial number with another device";
        return By(UsbIdentifyBy.Port, device, $"{device} {lack}{Twins(twins)}, so port {device.BusId} names it: leave it there.");
    }

    private static string Twins(List<UsbDevice> twins) => twins.Count switch
    {
        0 => "",
        1 => ", and another one of the same vendor and product is plugged in",
        _ => $", and {twins.Count} others of the same vendor and product are plugged in",
    };

    private static UsbChoice BySerial(UsbDevice device, List<UsbDevice> twins)
    {
        if (device.SerialNumber is not { } serial)
        {
            throw new QemuException(ErrorId.InvalidOption, $"{device} has no serial number.", "Use -IdentifyBy Port, or Auto.");
        }

        var same = twins.FindAll(twin => twin.SerialNumber == serial);
        return same.Count == 0
            ? By(UsbIdentifyBy.Serial, device, $"The serial number {serial} was asked for.")
            : throw Ambiguous($"The serial number {serial} does not tell {device} from {Count(same)}", [device, .. same]);
    }

    private static UsbChoice ByVendorProduct(UsbDevice device, List<UsbDevice> twins) => twins.Count == 0
        ? By(UsbIdentifyBy.VendorProduct, device, $"{device.VendorId}:{device.ProductId} was asked for, and no other such device is plugged in.")
        : throw Ambiguous($"{device.VendorId}:{device.ProductId} does not tell {device} from {Count(twins)}", [device, .. twins]);

    private static UsbChoice By(UsbIdentifyBy by, UsbDevice device, string reason) => new(
        new UsbMatch
        {
            IdentifyBy = by,
            VendorId = device.VendorId,
            ProductId = device.ProductId,
            SerialNumber = device.SerialNumber,
            BusNumber = device.BusNumber,
            Port = device.Port,
            PeerBusId = device.PeerBusId,
            DeviceNumber = device.DeviceNumber,
        },
        reason);

    private static (string Reason, string Advice)? UseByHost(UsbDevice device)
    {
        if (device.IsMounted)
        {
            return ($"is in use by the host: {string.Join(", ", device.MountPoints)}", "Unmount it first; -Force gives it away as it is, and may cost data.");
        }

        var onlyOne = device switch
        {
            { IsOnlyKeyboard: true, IsOnlyMouse: true } => "keyboard and mouse",
            { IsOnlyKeyboard: true } => "keyboard",
            { IsOnlyMouse: true } => "mouse",
            _ => null,
        };
        return onlyOne is null ? null : ($"is the host's only {onlyOne}", "With -Force the machine gets it, and the host has none until the machine stops.");
    }

    private static QemuException Ambiguous(string what, List<UsbDevice> candidates)
    {
        var list = candidates.Select(each => $"{each} ({(each.SerialNumber is { } serial ? $"serial {serial}" : "no serial number")})");
        return new QemuException(
            ErrorId.UsbDeviceAmbiguous,
            $"{what}. Candidates: {string.Join("; ", list)}.",
            "Name it by its socket: -IdentifyBy Port.");
    }

    private static string Count(List<UsbDevice> others) => others.Count == 1 ? "another one" : $"{others.Count} others";
}
