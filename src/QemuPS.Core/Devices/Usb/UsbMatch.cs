using System.Globalization;
using System.Text.Json;

namespace QemuPS;

/// <summary>By what a USB device given to a machine is found again.</summary>
public enum UsbIdentifyBy
{
    /// <summary>The first that there is: a serial number that is its own, the port, vendor and product of what is not plugged in.</summary>
    Auto,
    /// <summary>Vendor, product and serial number: this one device, in whatever port. QEMU cannot look for a serial number: it is resolved to an address.</summary>
    Serial,
    /// <summary>Bus and port: whatever is plugged into that socket. QEMU attaches it again after each replug.</summary>
    Port,
    /// <summary>Vendor and product: any device of the kind, in whatever port. QEMU attaches it again after each replug.</summary>
    VendorProduct,
    /// <summary>Bus and device number: until it is unplugged.</summary>
    Address,
}

/// <summary>
/// How a machine names a USB device of the host. What <see cref="IdentifyBy"/> needs is set; the rest may be
/// set as well and says what the device was when it was chosen.
/// </summary>
public sealed record UsbMatch
{
    /// <summary>By what the device is found; never <see cref="UsbIdentifyBy.Auto"/>.</summary>
    public required UsbIdentifyBy IdentifyBy { get; init; }

    /// <summary>The vendor's number, four lower-case hexadecimal digits. Needed for Serial and VendorProduct.</summary>
    public string? VendorId { get; init; }

    /// <summary>The product's number, four lower-case hexadecimal digits. Needed for Serial and VendorProduct.</summary>
    public string? ProductId { get; init; }

    /// <summary>The serial number. Needed for Serial.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>The bus, from 1. Needed for Port and Address.</summary>
    public int? BusNumber { get; init; }

    /// <summary>The ports from the root hub, <c>1.2</c>. Needed for Port.</summary>
    public string? Port { get; init; }

    /// <summary>The same socket on the controller's other bus, <c>2-1.2</c>: a device of the other speed class appears there. Used for Port.</summary>
    public string? PeerBusId { get; init; }

    /// <summary>The address on the bus, 1 to 127. Needed for Address.</summary>
    public int? DeviceNumber { get; init; }

    /// <summary>Members of a definition's document that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <summary>The device fits the match. A hub never does.</summary>
    public bool Fits(UsbDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return !device.IsHub && IdentifyBy switch
        {
            UsbIdentifyBy.Serial => IsOfKind(device) && SerialNumber is not null && device.SerialNumber == SerialNumber,
            UsbIdentifyBy.Port => IsInSocket(device),
            UsbIdentifyBy.VendorProduct => IsOfKind(device),
            UsbIdentifyBy.Address => device.BusNumber == BusNumber && device.DeviceNumber == DeviceNumber,
            _ => false,
        };
    }

    /// <summary>The match in a few words: <c>port 1-1.2</c>, <c>046d:c31c</c>, <c>0781:5581 serial 4C53</c>, <c>bus 1 device 4</c>.</summary>
    public override string ToString() => IdentifyBy switch
    {
        UsbIdentifyBy.Serial => $"{VendorId}:{ProductId} serial {SerialNumber}",
        UsbIdentifyBy.Port => $"port {BusId}",
        UsbIdentifyBy.VendorProduct => $"{VendorId}:{ProductId}",
        _ => string.Create(CultureInfo.InvariantCulture, $"bus {BusNumber} device {DeviceNumber}"),
    };

    private string BusId => string.Create(CultureInfo.InvariantCulture, $"{BusNumber}-{Port}");

    private bool IsOfKind(UsbDevice device) => device.VendorId == VendorId && device.ProductId == ProductId;

    // A USB 3 socket is a port of two buses, and the plugged-in device's speed decides on which it appears.
    private bool IsInSocket(UsbDevice device) =>
        Port is not null && (device.BusId == BusId || device.PeerBusId == BusId || device.BusId == PeerBusId);
}

/// <summary>A match that was chosen for a device, and why.</summary>
/// <param name="Match">The match.</param>
/// <param name="Reason">A sentence that explains it, for <c>-Verbose</c>.</param>
/// <param name="Warning">What speaks against giving the device away, where that was overruled; otherwise null.</param>
public sealed record UsbChoice(UsbMatch Match, string Reason, string? Warning = null);
