using System.Net;

namespace QemuPS.Machines;

/// <summary>The addresses of a guest.</summary>
internal static class GuestAddresses
{
    /// <summary>Those under which others can reach it, IPv4 first.</summary>
    public static IReadOnlyList<string> Reachable(IEnumerable<QemuGuestNetworkInterface> interfaces) =>
        [.. interfaces.SelectMany(each => each.Addresses)
            .Select(address => IPAddress.TryParse(address.Split('/')[0], out var parsed) ? parsed : null)
            .OfType<IPAddress>()
            .Where(IsReachable)
            .OrderBy(address => address.AddressFamily)
            .Select(address => address.ToString())];

    // RFC 3927: 169.254/16 is what a guest gives itself when nobody answers its DHCP.
    private static bool IsReachable(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !(address.GetAddressBytes() is [169, 254, _, _]);
}
