namespace QemuPS.Devices.Iommu;

/// <summary>Judges what a host says about its IOMMU, and explains why it is off.</summary>
public static class IommuChecks
{
    private const string Category = "Iommu";

    /// <summary>The IOMMU works: the kernel has put devices into groups. Nothing else proves it.</summary>
    /// <param name="root">The host.</param>
    public static bool IsEnabled(SysfsRoot root) => IommuGroups.Ids(root).Count > 0;

    /// <summary>Every check, in the order from the result to its causes.</summary>
    /// <param name="root">The host.</param>
    public static IReadOnlyList<QemuCheck> Run(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Judge(IommuFacts.Read(root));
    }

    internal static IReadOnlyList<QemuCheck> Judge(IommuFacts facts) =>
        [Groups(facts), Units(facts), Tables(facts), IommuOptionCheck.Judge(facts), InterruptRemapping(facts), NoIommuMode(facts), Messages(facts)];

    private static QemuCheck Groups(IommuFacts facts)
    {
        const string name = "IOMMU groups";
        if (facts.Groups > 0) return new(Category, name, CheckResult.Pass, $"{facts.Groups} groups with {facts.Devices} devices.");
        var (why, fix) = WhyOff(facts);
        return new(Category, name, CheckResult.Fail, "The kernel has made no IOMMU groups: no device can be given to a machine.", why, fix);
    }

    private static (string Why, string? Fix) WhyOff(IommuFacts facts)
    {
        if (IommuOptionCheck.TurnedOffBy(facts) is { } option) return ($"It is turned off on the kernel's command line by {option}. Remove that and reboot.", KernelOptionFix.Remove(facts.Boot, option));
        if (facts.Tables is { Count: 0 }) return (FirmwareHint(facts), null);
        if (facts is { Vendor: CpuVendor.Intel, Units.Count: 0 })
        {
            return ("The firmware offers an IOMMU and the kernel does not use it. Add intel_iommu=on to the kernel's command line and reboot.", KernelOptionFix.Add(facts.Boot, "intel_iommu=on"));
        }

        return ("The firmware offers an IOMMU; the kernel's messages say what went wrong.", "sudo dmesg | grep -i -e iommu -e DMAR -e AMD-Vi");
    }

    private static string FirmwareHint(IommuFacts facts) => facts switch
    {
        { IsVirtual: true } => "This host is a virtual machine: its hypervisor has to give it an IOMMU (QEMU: machine q35 with -device intel-iommu,intremap=on).",
        { Vendor: CpuVendor.Intel } => "Turn on VT-d (Intel Virtualization Technology for Directed I/O) in the firmware setup.",
        { Vendor: CpuVendor.Amd } => "Turn on IOMMU (AMD-Vi; some firmware hides it below 'AMD CBS' or SVM) in the firmware setup.",
        _ => "Turn on the IOMMU (SMMU) in the firmware setup.",
    };

    private static QemuCheck Units(IommuFacts facts)
    {
        const string name = "IOMMU units";
        return facts.Units.Count > 0
            ? new(Category, name, CheckResult.Pass, $"In use: {string.Join(", ", facts.Units)}.")
            : new(Category, name, CheckResult.Fail, "The kernel drives no IOMMU (/sys/class/iommu is empty).", "See the ACPI tables and the kernel's command line for the cause.");
    }

    private static QemuCheck Tables(IommuFacts facts)
    {
        const string name = "Firmware tables";
        return facts.Tables switch
        {
            null => new(Category, name, CheckResult.Skipped, "This host has no ACPI; its IOMMU is described by the device tree."),
            { Count: 0 } => new(Category, name, CheckResult.Fail, "The firmware describes no IOMMU (no ACPI table DMAR, IVRS, IORT or VIOT).", FirmwareHint(facts)),
            _ => new(Category, name, CheckResult.Pass, $"The firmware describes an IOMMU in {string.Join(", ", facts.Tables.Select(Explain))}."),
        };
    }

    private static string Explain(string table) => table switch
    {
        "DMAR" => "DMAR (Intel VT-d)",
        "IVRS" => "IVRS (AMD-Vi)",
        "VIOT" => "VIOT (virtio-iommu)",
        _ => "IORT (Arm SMMU)",
    };

    private static QemuCheck InterruptRemapping(IommuFacts facts)
    {
        const string name = "Interrupt remapping";
        return facts.RemapsInterrupts switch
        {
            true => new(Category, name, CheckResult.Pass, "Interrupts go through the IOMMU."),
            null => new(Category, name, CheckResult.Skipped, "/proc/interrupts does not tell on this host."),
            _ when facts.Groups == 0 => new(Category, name, CheckResult.Fail, "Interrupts do not go through an IOMMU.", "It comes with the IOMMU."),
            _ => new(
                Category, name, CheckResult.Warning,
                "Interrupts do not go through the IOMMU: VFIO refuses devices then, as a guest could send the host any interrupt.",
                "Turn on interrupt remapping (x2APIC) in the firmware setup, and see that neither intremap=off nor nointremap is on the kernel's command line."),
        };
    }

    private static QemuCheck NoIommuMode(IommuFacts facts)
    {
        const string name = "VFIO no-IOMMU mode";
        return facts.AllowsNoIommu switch
        {
            true => new(
                Category, name, CheckResult.Warning,
                "VFIO gives devices away without an IOMMU: they can write to all of the host's memory. QEMU cannot use such devices.",
                "Turn it off.", "echo N | sudo tee /sys/module/vfio/parameters/enable_unsafe_noiommu_mode"),
            false => new(Category, name, CheckResult.Pass, "Off."),
            null => new(Category, name, CheckResult.Pass, "Off: vfio is not loaded, or was built without it."),
        };
    }

    private static QemuCheck Messages(IommuFacts facts)
    {
        const string name = "Kernel messages";
        const string command = "sudo dmesg | grep -i iommu";
        if (facts.Log.Lines is not { } lines)
        {
            return facts.Log.IsForbidden
                ? new(Category, name, CheckResult.Warning, "This user may not read the kernel's messages (kernel.dmesg_restrict).", "Read them as root.", command)
                : new(Category, name, CheckResult.Skipped, "The kernel's messages cannot be read here (/dev/kmsg).", "Read them on the host itself, outside of a container.", command);
        }

        var said = lines.Where(line => line.Contains("iommu", StringComparison.OrdinalIgnoreCase)).ToList();
        return said.Count > 0
            ? new(Category, name, CheckResult.Pass, string.Join('\n', said))
            : new(Category, name, CheckResult.Skipped, "The kernel's messages do not speak of an IOMMU; the oldest ones may have been overwritten.");
    }
}
