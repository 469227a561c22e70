using System.Globalization;
using QemuPS.Devices;

namespace QemuPS.Machines;

/// <summary>The host at the moment it was looked at; what a look at many machines needs to know once.</summary>
internal sealed class HostMoment
{
    private readonly Lazy<IReadOnlyList<KernelMessage>> _kernelMessages = new(() => KernelLog.ReadMessages(SysfsRoot.FromEnvironment()));

    private HostMoment(TimeSpan uptime)
    {
        Uptime = uptime;
        BootTime = DateTime.UtcNow - uptime;
    }

    /// <summary>How long the host has been running.</summary>
    public TimeSpan Uptime { get; }

    /// <summary>When it started.</summary>
    public DateTime BootTime { get; }

    /// <summary>The kernel's messages; none where this user may not read them.</summary>
    public IReadOnlyList<KernelMessage> KernelMessages => _kernelMessages.Value;

    /// <summary>This moment (/proc/uptime, proc_uptime(5)).</summary>
    public static HostMoment Now()
    {
        var text = File.ReadAllText("/proc/uptime");
        return new HostMoment(TimeSpan.FromSeconds(double.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture)));
    }
}
