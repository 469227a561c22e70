using System.Globalization;
using System.Text;
using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>Giving PCI devices to machines.</summary>
internal static class VfioChecks
{
    private const ulong PlentyOfMemory = 4UL << 30;
    private static readonly CheckArea Area = new("Vfio");
    private static readonly string[] ModuleLists = ["modules.dep", "modules.builtin"];

    public static IEnumerable<QemuCheck> Run(SysfsRoot root) => [Module(root, "vfio_pci", "vfio-pci"), Module(root, "vfio_iommu_type1", "vfio_iommu_type1"), Container(root), LockedMemory(root)];

    private static QemuCheck Module(SysfsRoot root, string module, string name)
    {
        if (root.Exists($"/sys/module/{module}")) return Area.Pass($"Module {name}", "It is loaded.");
        var kernel = root.ReadText("/proc/sys/kernel/osrelease");
        var isInstalled = kernel is not null && ModuleLists.Any(list => root.ReadBytes($"/lib/modules/{kernel}/{list}") is { } text && Encoding.UTF8.GetString(text).Contains($"/{name}.ko", StringComparison.Ordinal));
        return isInstalled
            ? Area.Pass($"Module {name}", "It is installed, and loaded when it is needed.")
            : Area.Warning($"Module {name}", $"It is neither loaded nor installed for the kernel {kernel}.", "Use a kernel that has it (Debian's cloud kernel has not).", $"sudo modprobe {name}");
    }

    private static QemuCheck Container(SysfsRoot root)
    {
        const string name = "Device /dev/vfio/vfio";
        if (!root.Exists("/dev/vfio/vfio")) return Area.Warning(name, "It is not there.", "It comes with the module vfio.", "sudo modprobe vfio-pci");
        return root.CanReadWrite("/dev/vfio/vfio")
            ? Area.Pass(name, "You may open it.")
            : Area.Warning(name, "You may not open it.", "It harms nobody: everybody may open it as the kernel makes it.", "sudo chmod 666 /dev/vfio/vfio");
    }

    // A device writes to a guest's memory by itself, so all of it has to stay in place (Documentation/driver-api/vfio.rst).
    private static QemuCheck LockedMemory(SysfsRoot root)
    {
        const string name = "Memory lock limit";
        if (HardLimit(root) is not { } limit) return Area.Skipped(name, "/proc/self/limits does not tell.");
        if (limit == ulong.MaxValue) return Area.Pass(name, "There is none.");
        var words = $"You may lock {SizeText.From(limit)}, and a machine with a PCI device locks all of its memory and 1 GiB more.";
        return limit >= PlentyOfMemory
            ? Area.Pass(name, words)
            : Area.Warning(name, words, "Raise the limit, then log in again.", "echo \"$USER - memlock unlimited\" | sudo tee /etc/security/limits.d/90-qemups.conf");
    }

    /// <summary>How much memory this process can come to lock, in bytes (proc_pid_limits(5)); null where that is not told.</summary>
    internal static ulong? HardLimit(SysfsRoot root)
    {
        const string key = "Max locked memory";
        if (root.ReadBytes("/proc/self/limits") is not { } bytes) return null;
        var line = Encoding.UTF8.GetString(bytes).Split('\n').FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        var values = line?[key.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (values is not { Length: > 1 }) return null;
        return values[1] == "unlimited" ? ulong.MaxValue : ulong.Parse(values[1], CultureInfo.InvariantCulture);
    }
}
