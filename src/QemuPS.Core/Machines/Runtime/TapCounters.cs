using System.Globalization;
using QemuPS.Devices;

namespace QemuPS.Machines;

/// <summary>What has passed the TAP interfaces that a QEMU has open, seen from the guest: the kernel's counters, from QEMU's side of the wire.</summary>
/// <param name="ReceivedBytes">What came in to the guest.</param>
/// <param name="SentBytes">What it sent.</param>
internal readonly record struct TapCounters(ulong ReceivedBytes, ulong SentBytes)
{
    private const string Node = "/dev/net/tun";
    private const string InterfaceKey = "iff:";

    /// <summary>Reads the counters; null when it has no TAP interface, or one that lies in another network namespace.</summary>
    public static TapCounters? TryRead(int processId)
    {
        try
        {
            var interfaces = InterfacesOf(processId).Distinct().ToList();
            return interfaces.Count == 0 ? null : new TapCounters(Sum(interfaces, "tx_bytes"), Sum(interfaces, "rx_bytes"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or belongs to somebody else.
            return null;
        }
    }

    // The kernel names the interface of each open descriptor of /dev/net/tun (drivers/net/tun.c, tun_chr_show_fdinfo).
    private static IEnumerable<string> InterfacesOf(int processId) =>
        from descriptor in new DirectoryInfo($"/proc/{processId}/fd").EnumerateFiles()
        where descriptor.LinkTarget == Node
        from line in File.ReadLines($"/proc/{processId}/fdinfo/{descriptor.Name}")
        where line.StartsWith(InterfaceKey, StringComparison.Ordinal)
        select line[InterfaceKey.Length..].Trim();

    // What the host sends on the interface is what the guest receives.
    private static ulong Sum(IEnumerable<string> interfaces, string counter)
    {
        var host = new SysfsRoot();
        ulong sum = 0;
        foreach (var name in interfaces)
        {
            var text = host.ReadText($"/sys/class/net/{name}/statistics/{counter}") ?? throw new IOException($"There is no interface '{name}' here.");
            sum += ulong.Parse(text, CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
