using System.Collections.Concurrent;

namespace QemuPS.Devices.Pci;

/// <summary>The drivers that could have a device: by the aliases of the kernel's modules, and vfio-pci, which takes any.</summary>
internal sealed class PciDrivers(SysfsRoot root)
{
    /// <summary>VFIO's driver for any PCI device.</summary>
    public const string Vfio = "vfio-pci";

    private readonly ModuleAliases _aliases = ModuleAliases.Of(root);
    private readonly Lazy<bool> _hasVfio = new(() => HasVfio(root));
    private readonly ConcurrentDictionary<PciIdentity, IReadOnlyList<string>> _known = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _ofModules = new();

    /// <summary>A driver that keeps a device for a machine, or for nobody; no driver of the host's.</summary>
    public static bool IsPlaceholder(string? driver) => driver is "pci-stub" || IsVfio(driver);

    /// <summary>VFIO's own driver, or a vendor's that is one as well (<c>mlx5_vfio_pci</c>, <c>nvgrace_gpu_vfio_pci</c>).</summary>
    public static bool IsVfio(string? driver) =>
        driver is not null && (driver == Vfio || driver.EndsWith("-vfio-pci", StringComparison.Ordinal) || driver.EndsWith("_vfio_pci", StringComparison.Ordinal));

    /// <summary>The kernel has vfio-pci, loaded, built in or as a module.</summary>
    public static bool HasVfio(SysfsRoot root) =>
        root.Exists($"/sys/bus/pci/drivers/{Vfio}")
        || (ModuleAliases.FolderOf(root) is { } folder && (Names(root, $"{folder}/modules.dep") || Names(root, $"{folder}/modules.builtin")));

    public IReadOnlyList<string> For(PciIdentity id)
    {
        if (_known.TryGetValue(id, out var drivers)) return drivers;
        var found = _aliases.For(id).SelectMany(DriversOf);
        return _known[id] = [.. (_hasVfio.Value ? found.Append(Vfio) : found).Distinct()];
    }

    // A module and its driver often have different names (xhci_pci, xhci_hcd); the kernel knows once it is loaded.
    private IReadOnlyList<string> DriversOf(string module)
    {
        if (_ofModules.TryGetValue(module, out var drivers)) return drivers;
        const string bus = "pci:";
        string[] loaded = [.. root.List($"/sys/module/{module.Replace('-', '_')}/drivers").Where(name => name.StartsWith(bus, StringComparison.Ordinal)).Select(name => name[bus.Length..])];
        return _ofModules[module] = loaded.Length > 0 ? loaded : [module];
    }

    private static bool Names(SysfsRoot root, string file) =>
        root.ReadBytes(file) is { } text && text.AsSpan().IndexOf("/vfio-pci.ko"u8) >= 0;
}
