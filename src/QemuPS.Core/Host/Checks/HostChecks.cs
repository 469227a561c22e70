using QemuPS.Devices;
using QemuPS.Devices.Iommu;

namespace QemuPS.Host;

/// <summary>
/// Looks at everything that machines need of a host: what virt-host-validate of libvirt looks at, with the same verdict,
/// and what users stumble over besides.
/// </summary>
public static class HostChecks
{
    /// <summary>The checks of some categories, in the order of the categories.</summary>
    /// <param name="root">The host.</param>
    /// <param name="places">Where machines are kept and run.</param>
    /// <param name="categories">What to look at.</param>
    /// <param name="feedback">Hears what is done.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IReadOnlyList<QemuCheck>> RunAsync(
        SysfsRoot root, HostPlaces places, IReadOnlyCollection<HostCheckCategory> categories, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(categories);
        // They do not depend on one another, and some wait for the kernel.
        var checks = categories.Distinct().Order().Select(category => Task.Run(() => RunAsync(category, root, places, feedback, cancellation), cancellation)).ToList();
        return [.. (await Task.WhenAll(checks).ConfigureAwait(false)).SelectMany(each => each)];
    }

    private static async Task<IEnumerable<QemuCheck>> RunAsync(HostCheckCategory category, SysfsRoot root, HostPlaces places, IFeedback feedback, CancellationToken cancellation) => category switch
    {
        HostCheckCategory.Kvm => KvmChecks.Run(root),
        HostCheckCategory.Qemu => await QemuChecks.RunAsync(places, feedback, cancellation).ConfigureAwait(false),
        HostCheckCategory.Firmware => FirmwareChecks.Run(root, feedback),
        HostCheckCategory.Usb => UsbChecks.Run(root),
        HostCheckCategory.Iommu => IommuChecks.Run(root).Select(AsAdvice),
        HostCheckCategory.Vfio => VfioChecks.Run(root),
        HostCheckCategory.Network => NetworkChecks.Run(root),
        HostCheckCategory.Guest => GuestChecks.Run(root),
        _ => PerformanceChecks.Run(root),
    };

    // A host without an IOMMU runs machines; it only cannot give them devices.
    private static QemuCheck AsAdvice(QemuCheck check) => check.Result == CheckResult.Fail ? check with { Result = CheckResult.Warning } : check;
}

/// <summary>Where machines are kept and run.</summary>
/// <param name="Store">The folder of the definitions.</param>
/// <param name="Runtime">The folder of the running machines.</param>
public sealed record HostPlaces(string Store, string Runtime);
