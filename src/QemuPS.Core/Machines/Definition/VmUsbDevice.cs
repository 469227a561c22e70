using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>A USB device of the host that is given to a machine (QEMU's <c>usb-host</c>).</summary>
public sealed record VmUsbDevice
{
    /// <summary>The device's name in the machine, unique there: <c>usb-1050-0407</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called on the host, for people.</summary>
    public string? Name { get; init; }

    /// <summary>How it is found on the host.</summary>
    public required UsbMatch Match { get; init; }

    /// <summary>The machine starts without it when it is not plugged in.</summary>
    public bool Optional { get; init; }

    /// <summary>A reset by the guest stays in the machine: some devices come back as another one from a real reset (<c>guest-reset</c>).</summary>
    public bool NoGuestReset { get; init; }

    /// <summary>Where QEMU writes what goes over the wire, as a pcap file; null for nowhere.</summary>
    public string? CapturePath { get; init; }

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name is null ? $"{Match}" : $"{Name} ({Match})";
}
