using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>The ports that QEMU's user-mode network really listens at: where a definition says 0, the kernel picked one.</summary>
internal static partial class UserNetworkPorts
{
    /// <summary>The forwards with their real host ports.</summary>
    /// <param name="forwards">As they were defined.</param>
    /// <param name="usernet">What HMP's <c>info usernet</c> says; no QMP command tells it.</param>
    public static IReadOnlyList<VmPortForward> Resolve(IReadOnlyList<VmPortForward> forwards, string usernet)
    {
        var listening = Forward().Matches(usernet)
            .Select(line => (Protocol: line.Groups["protocol"].Value, HostPort: Number(line.Groups["host"]), GuestPort: Number(line.Groups["guest"])))
            .Where(one => !forwards.Any(forward => forward.HostPort == one.HostPort))
            .ToList();
        return [.. forwards.Select(forward => forward.HostPort != 0 ? forward : forward with { HostPort = Take(forward) })];

        int Take(VmPortForward forward)
        {
            var index = listening.FindIndex(one => one.GuestPort == forward.GuestPort && one.Protocol.Equals(forward.Protocol.ToString(), StringComparison.OrdinalIgnoreCase));
            if (index < 0) return 0;
            var port = listening[index].HostPort;
            listening.RemoveAt(index);
            return port;
        }
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    //   TCP[HOST_FORWARD]  14       127.0.0.1 39381       10.0.2.15    22     0     0
    [GeneratedRegex(@"^\s*(?<protocol>TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+\S+\s+(?<host>\d+)\s+\S+\s+(?<guest>\d+)\s", RegexOptions.Multiline)]
    private static partial Regex Forward();
}
