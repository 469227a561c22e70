using System.Globalization;

namespace QemuPS.Devices.Usb;

/// <summary>
/// The kernel's names of places on the bus: <c>usb1</c> for a root hub, <c>1-1.2</c> for what is plugged in,
/// <c>1-1.2:1.0</c> for an interface, <c>usb1-port2</c> and <c>1-1-port2</c> for sockets.
/// </summary>
internal readonly record struct UsbPlace(int Bus, string? Port) : IComparable<UsbPlace>
{
    private const string RootHub = "usb";
    private const string Socket = "-port";

    /// <summary>The name as the kernel writes it.</summary>
    public string BusId => Port is null ? string.Create(CultureInfo.InvariantCulture, $"usb{Bus}") : string.Create(CultureInfo.InvariantCulture, $"{Bus}-{Port}");

    /// <summary>Reads a root hub's or a device's name; null for every other name.</summary>
    public static UsbPlace? Parse(string name)
    {
        if (name.StartsWith(RootHub, StringComparison.Ordinal))
        {
            return Number(name.AsSpan(RootHub.Length)) is { } hub ? new UsbPlace(hub, null) : null;
        }

        var dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || Number(name.AsSpan(0, dash)) is not { } bus) return null;
        var port = name[(dash + 1)..];
        return port.Split('.').All(part => Number(part) is not null) ? new UsbPlace(bus, port) : null;
    }

    /// <summary>The place of what is plugged into a socket, from the socket's name; null for every other name.</summary>
    public static string? BehindSocket(string? socket)
    {
        var cut = socket?.IndexOf(Socket, StringComparison.Ordinal) ?? -1;
        if (cut < 0 || Parse(socket![..cut]) is not { } hub || Number(socket.AsSpan(cut + Socket.Length)) is not { } number) return null;
        var port = number.ToString(CultureInfo.InvariantCulture);
        return (hub with { Port = hub.Port is null ? port : $"{hub.Port}.{port}" }).BusId;
    }

    /// <summary>The path from the hub's folder to the folder of the socket this device is in (Documentation/ABI/testing/sysfs-bus-usb, <c>port&lt;X&gt;</c>).</summary>
    public string? SocketBelowHub()
    {
        if (Port is null) return null;
        var dot = Port.LastIndexOf('.');
        var hub = this with { Port = dot < 0 ? null : Port[..dot] };
        var hubInterface = hub.Port is null ? string.Create(CultureInfo.InvariantCulture, $"{Bus}-0:1.0") : $"{hub.BusId}:1.0";
        return $"{hubInterface}/{hub.BusId}{Socket}{Port[(dot + 1)..]}";
    }

    /// <summary>By bus, then by the numbers of the ports, a hub before what is behind it.</summary>
    public int CompareTo(UsbPlace other)
    {
        if (Bus != other.Bus) return Bus.CompareTo(other.Bus);
        var mine = Numbers();
        var others = other.Numbers();
        for (var i = 0; i < Math.Min(mine.Length, others.Length); i++)
        {
            if (mine[i] != others[i]) return mine[i].CompareTo(others[i]);
        }

        return mine.Length.CompareTo(others.Length);
    }

    private int[] Numbers() => Port is null ? [] : Array.ConvertAll(Port.Split('.'), part => Number(part) ?? 0);

    private static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
