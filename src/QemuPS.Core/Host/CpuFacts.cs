using System.Text;
using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>What /proc/cpuinfo says about the processor.</summary>
/// <param name="Architecture">Its architecture, as QEMU calls it: <c>x86_64</c>, <c>aarch64</c>.</param>
/// <param name="Flags">The features the kernel names.</param>
internal sealed record CpuFacts(string Architecture, IReadOnlySet<string> Flags)
{
    /// <summary>A hypervisor runs this host.</summary>
    public bool IsVirtual => Flags.Contains("hypervisor");

    /// <summary>Intel's or AMD's way to run guests: <c>vmx</c>, <c>svm</c>; null where there is neither.</summary>
    public string? Virtualization => Flags.Contains("vmx") ? "vmx" : Flags.Contains("svm") ? "svm" : null;

    public bool IsPc => Architecture is "x86_64" or "i386";

    public static CpuFacts Read(SysfsRoot root)
    {
        var text = root.ReadBytes("/proc/cpuinfo") is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
        // The first processor speaks for all: a machine whose processors differ cannot move guests between them.
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal)) ?? "";
        var flags = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new CpuFacts(Emulators.OwnArchitecture, flags.ToHashSet(StringComparer.Ordinal));
    }
}
