using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>A port of the host that leads to one of the guest (QEMU's <c>hostfwd</c>).</summary>
/// <param name="HostPort">The host's port, 0 to 65535; 0 lets the kernel pick a free one.</param>
/// <param name="GuestPort">The guest's port, 1 to 65535.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="HostAddress">The host's IPv4 address it listens on.</param>
public sealed partial record VmPortForward(
    int HostPort,
    int GuestPort,
    VmPortProtocol Protocol = VmPortProtocol.Tcp,
    string HostAddress = "127.0.0.1")
{
    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    private const int HighestPort = 65535;

    /// <summary>Reads <c>2222:22</c>, <c>udp/53:53</c> or <c>tcp/0.0.0.0:8080:80</c>.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/></exception>
    public static VmPortForward Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success) throw Invalid(text);
        var protocol = match.Groups["protocol"].Value.Equals("udp", StringComparison.OrdinalIgnoreCase) ? VmPortProtocol.Udp : VmPortProtocol.Tcp;
        var address = match.Groups["address"].Success ? match.Groups["address"].Value : "127.0.0.1";
        var forward = new VmPortForward(Number(match.Groups["host"]), Number(match.Groups["guest"]), protocol, address);
        return forward is { HostPort: <= HighestPort, GuestPort: >= 1 and <= HighestPort } ? forward : throw Invalid(text);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol.ToString().ToLowerInvariant()}/{HostAddress}:{HostPort}:{GuestPort}";

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static QemuException Invalid(string text) =>
        new(ErrorId.InvalidOption, $"'{text}' is not a port forward. Write HOSTPORT:GUESTPORT, with 'tcp/' or 'udp/' and an address before it where needed: '2222:22', 'udp/0.0.0.0:53:53'.");

    [GeneratedRegex(@"^((?<protocol>tcp|udp)/)?((?<address>\d{1,3}(\.\d{1,3}){3}):)?(?<host>\d{1,5}):(?<guest>\d{1,5})$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
