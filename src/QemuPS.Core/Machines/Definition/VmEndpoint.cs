using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>One end of a cable between machines: a socket's path, or an address with a port.</summary>
/// <param name="Path">The socket's full path; null for an address.</param>
/// <param name="Host">The address or the host's name.</param>
/// <param name="Port">The port.</param>
public sealed record VmEndpoint(string? Path, string? Host, int Port)
{
    // sun_path of unix(7), with its zero.
    private const int LongestSocketPath = 107;

    /// <summary>A group that many listen to (RFC 5771: 224.0.0.0/4).</summary>
    public bool IsMulticast => IPAddress.TryParse(Host, out var address) && address.GetAddressBytes() is { Length: 4 } and [>= 224 and <= 239, ..];

    /// <summary>Reads <c>/run/user/1000/lab.sock</c> or <c>127.0.0.1:5000</c>.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/></exception>
    public static VmEndpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith('/'))
        {
            return Encoding.UTF8.GetByteCount(text) <= LongestSocketPath
                ? new VmEndpoint(text, null, 0)
                : throw new QemuException(ErrorId.InvalidOption, $"'{text}' is longer than the {LongestSocketPath} bytes that a socket's path can have (unix(7)).", "Choose a shorter path, below $XDG_RUNTIME_DIR for instance.");
        }

        var colon = text.LastIndexOf(':');
        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535)
        {
            return new VmEndpoint(null, text[..colon].Trim('[', ']'), port);
        }

        throw new QemuException(ErrorId.InvalidOption, $"'{text}' is not an endpoint. Write a socket's full path, '/run/user/1000/lab.sock', or an address and a port, '127.0.0.1:5000'.");
    }

    /// <summary>As QEMU takes it (qapi/sockets.json, SocketAddress).</summary>
    internal JsonObject ToSocketAddress() => Path is not null
        ? new JsonObject { ["type"] = "unix", ["path"] = Path }
        : new JsonObject { ["type"] = "inet", ["host"] = Host, ["port"] = Port.ToString(CultureInfo.InvariantCulture) };

    /// <summary>Somebody on this host listens there, for streams.</summary>
    internal bool IsListening() => Path is not null ? UnixSockets.IsListening(Path) : PortHolder.Find(tcp: true, Port) is not null;

    /// <inheritdoc/>
    public override string ToString() => Path ?? (Host!.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}");
}
