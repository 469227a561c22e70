using System.Globalization;
using System.Text.Json.Nodes;
using QemuPS.Devices.Usb;

namespace QemuPS.Machines;

/// <summary>USB controllers and host devices as QEMU's devices (docs/system/devices/usb of QEMU).</summary>
internal static class UsbArguments
{
    /// <summary>The controller's id.</summary>
    public const string ControllerId = "usb";

    /// <summary>The bus that devices are plugged into.</summary>
    public const string Bus = "usb.0";

    /// <summary>A USB 3 controller with as many ports as it can have; it takes devices of every speed.</summary>
    public static JsonObject Xhci() => new() { ["driver"] = "qemu-xhci", ["id"] = ControllerId, ["p2"] = 15, ["p3"] = 15 };

    /// <summary>A tablet, which tells the guest where the pointer is and not how it moved.</summary>
    public static JsonObject Tablet() => new() { ["driver"] = "usb-tablet", ["id"] = "tablet0", ["bus"] = Bus };

    /// <summary>The controllers the definition asks for, and one where a device needs it and none is asked for.</summary>
    public static IEnumerable<JsonObject> Controllers(VmDefinition definition) => definition.UsbController switch
    {
        VmUsbController.Ehci => Ehci(),
        VmUsbController.Xhci => [Xhci()],
        _ => definition.UsbDevices.Count > 0 || definition.Tablet || definition.Drives.Any(drive => DriveArguments.BusOf(drive) == VmDiskBus.Usb) ? [Xhci()] : [],
    };

    /// <summary>The end of the id of the device that waits in the other half of a USB 3 socket.</summary>
    public const string PeerSuffix = "-peer";

    /// <summary>
    /// The device for QEMU: none where it is optional and can only be named while it is plugged in, two for a socket
    /// that is a port of two buses, so that it is found on whichever it appears.
    /// </summary>
    /// <exception cref="QemuException"><see cref="ErrorId.UsbDeviceNotFound"/>, <see cref="ErrorId.UsbDeviceAmbiguous"/></exception>
    public static IReadOnlyList<JsonObject> HostDevices(VmUsbDevice device, IReadOnlyList<UsbDevice> plugged)
    {
        var match = device.Match;
        var found = UsbIdentification.Resolve(match, plugged);
        var argument = Argument(device);
        switch (match.IdentifyBy)
        {
            case UsbIdentifyBy.VendorProduct:
                AddKind(argument, match.VendorId, match.ProductId);
                return [argument];
            case UsbIdentifyBy.Port:
                return Socket(device, argument);
            case UsbIdentifyBy.Address when found is not null:
                argument["hostbus"] = found.BusNumber;
                argument["hostaddr"] = found.DeviceNumber;
                return [argument];
            case UsbIdentifyBy.Serial when found is not null:
                // QEMU knows no serial numbers: the device's place stands for it, and its kind keeps others out.
                AddPlace(argument, found.BusNumber, found.Port);
                AddKind(argument, found.VendorId, found.ProductId);
                return [argument];
            default:
                return device.Optional ? [] : throw new QemuException(ErrorId.UsbDeviceNotFound, $"The USB device {device} is not plugged in.");
        }
    }

    /// <summary>The device for QEMU by a file of it that is open already.</summary>
    public static JsonObject OpenDevice(VmUsbDevice device, long fileSet)
    {
        var argument = Argument(device);
        argument["hostdevice"] = string.Create(CultureInfo.InvariantCulture, $"/dev/fdset/{fileSet}");
        return argument;
    }

    private static JsonObject Argument(VmUsbDevice device)
    {
        var argument = new JsonObject { ["driver"] = "usb-host", ["id"] = device.Id, ["bus"] = Bus };
        if (device.NoGuestReset) argument["guest-reset"] = false;
        if (device.CapturePath is { } path) argument["pcap"] = path;
        return argument;
    }

    private static IReadOnlyList<JsonObject> Socket(VmUsbDevice device, JsonObject argument)
    {
        AddPlace(argument, device.Match.BusNumber, device.Match.Port);
        if (device.Match.PeerBusId is not { } peer || peer.IndexOf('-', StringComparison.Ordinal) is not (> 0 and var dash)) return [argument];
        // Two writers of one file would spoil it: what is captured is the half the device was in.
        var other = Argument(device with { Id = device.Id + PeerSuffix, CapturePath = null });
        AddPlace(other, int.Parse(peer.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture), peer[(dash + 1)..]);
        return [argument, other];
    }

    // A USB 2 controller sees high-speed devices only; the three companions, as on Intel's ICH9, take the slower ones.
    private static IEnumerable<JsonObject> Ehci()
    {
        yield return new JsonObject { ["driver"] = "ich9-usb-ehci1", ["id"] = ControllerId, ["addr"] = "1d.7", ["multifunction"] = true };
        for (var companion = 0; companion < 3; companion++)
        {
            yield return new JsonObject
            {
                ["driver"] = $"ich9-usb-uhci{companion + 1}",
                ["addr"] = $"1d.{companion}",
                ["multifunction"] = true,
                ["masterbus"] = Bus,
                ["firstport"] = companion * 2,
            };
        }
    }

    private static void AddPlace(JsonObject argument, int? bus, string? port)
    {
        argument["hostbus"] = bus;
        argument["hostport"] = port;
    }

    private static void AddKind(JsonObject argument, string? vendor, string? product)
    {
        argument["vendorid"] = int.Parse(vendor!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        argument["productid"] = int.Parse(product!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
