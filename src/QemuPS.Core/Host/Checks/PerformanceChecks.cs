using System.Globalization;
using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>What makes machines fast and keeps them in bounds.</summary>
internal static class PerformanceChecks
{
    private static readonly CheckArea Area = new("Performance");

    public static IEnumerable<QemuCheck> Run(SysfsRoot root) => [.. CgroupChecks.Run(root, Area), TransparentHugePages(root), HugePages(root)];

    private static QemuCheck TransparentHugePages(SysfsRoot root)
    {
        const string name = "Transparent huge pages";
        return root.ReadText("/sys/kernel/mm/transparent_hugepage/enabled") switch
        {
            null => Area.Skipped(name, "The kernel has none."),
            var modes when modes.Contains("[never]", StringComparison.Ordinal) => Area.Warning(
                name, "Off: a guest's memory is in small pages, which costs it up to a tenth of its speed.", "Let programs that ask for them have them.", "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"),
            var modes => Area.Pass(name, $"{modes}: QEMU asks for them."),
        };
    }

    private static QemuCheck HugePages(SysfsRoot root)
    {
        const string name = "Reserved huge pages";
        var pools = from folder in root.List("/sys/kernel/mm/hugepages")
                    let pool = root.Open($"/sys/kernel/mm/hugepages/{folder}")
                    where pool?.Number("nr_hugepages") > 0
                    select string.Create(CultureInfo.InvariantCulture, $"{pool.Number("free_hugepages")} of {pool.Number("nr_hugepages")} {folder.Replace("hugepages-", "", StringComparison.Ordinal)} free");
        var words = string.Join(", ", pools);
        return words.Length > 0 ? Area.Pass(name, $"{words}.") : Area.Skipped(name, "None are reserved; machines do not need them.");
    }
}
