namespace QemuPS.Devices.Iommu;

/// <summary>
/// What the kernel's command line means for the IOMMU. Much of what is copied around does nothing: AMD's is
/// on wherever the firmware offers it and has no option "on", and iommu=pt does not turn anything on
/// (Documentation/admin-guide/kernel-parameters.txt: intel_iommu, amd_iommu, iommu).
/// </summary>
internal static class IommuOptionCheck
{
    private const string Name = "Kernel command line";

    /// <summary>The check.</summary>
    public static QemuCheck Judge(IommuFacts facts)
    {
        if (TurnedOffBy(facts) is { } off)
        {
            return Check(CheckResult.Fail, $"{off} turns the IOMMU off.", "Remove it and reboot.", KernelOptionFix.Remove(facts.Boot, off));
        }

        if (facts is { Vendor: CpuVendor.Intel, Groups: 0, Units.Count: 0, Tables: not { Count: 0 } } && !facts.Options.Values("intel_iommu").Contains("on"))
        {
            return Check(
                CheckResult.Fail, $"{Found(facts)} This kernel does not turn on Intel's IOMMU by itself.",
                "Add intel_iommu=on and reboot.", KernelOptionFix.Add(facts.Boot, "intel_iommu=on"));
        }

        return Useless(facts) is { } useless
            ? Check(CheckResult.Warning, useless.Detail, "It can be removed.", KernelOptionFix.Remove(facts.Boot, useless.Option))
            : Check(CheckResult.Pass, $"{Found(facts)} {Meaning(facts)}".TrimEnd());
    }

    /// <summary>The option that turns the IOMMU off, or null.</summary>
    public static string? TurnedOffBy(IommuFacts facts)
    {
        var vendorOption = VendorOption(facts.Vendor);
        if (facts.Options.Values("iommu").Contains("off")) return "iommu=off";
        if (vendorOption is null) return null;
        // For Intel's the kernel takes the last of "on" and "off"; AMD's has no "on".
        var switches = facts.Options.Values(vendorOption).Where(value => value == "off" || (value == "on" && facts.Vendor == CpuVendor.Intel));
        return switches.LastOrDefault() == "off" ? $"{vendorOption}=off" : null;
    }

    private static (string Option, string Detail)? Useless(IommuFacts facts)
    {
        var options = facts.Options;
        var foreign = facts.Vendor switch { CpuVendor.Intel => "amd_iommu", CpuVendor.Amd => "intel_iommu", _ => null };
        if (foreign is not null && options.Written(foreign) is [var other, ..])
        {
            return (other, $"{other} is for another vendor's processors and does nothing here.");
        }

        if (facts.Vendor == CpuVendor.Amd && options.Values("amd_iommu").Contains("on"))
        {
            return ("amd_iommu=on", "amd_iommu=on means nothing to the kernel: AMD's IOMMU is on wherever the firmware offers it.");
        }

        return null;
    }

    private static string Found(IommuFacts facts)
    {
        var written = facts.Options.Written("iommu", "intel_iommu", "amd_iommu", "iommu.passthrough", "iommu.strict", "intremap", "nointremap");
        return written.Count == 0 ? "No option about the IOMMU." : $"Found: {string.Join(' ', written)}.";
    }

    private static string Meaning(IommuFacts facts)
    {
        var options = facts.Options;
        if (options.Values("intel_iommu").Contains("igfx_off")) return "igfx_off leaves the built-in graphics out.";
        if (options.Values("iommu").Contains("pt")) return "iommu=pt lets the host's own devices pass untranslated; it neither turns the IOMMU on nor proves that it is.";
        return facts.Groups > 0 && options.Written("intel_iommu", "amd_iommu").Count == 0 ? "This kernel needs none." : "";
    }

    private static string? VendorOption(CpuVendor vendor) => vendor switch
    {
        CpuVendor.Intel => "intel_iommu",
        CpuVendor.Amd => "amd_iommu",
        _ => null,
    };

    private static QemuCheck Check(CheckResult result, string detail, string? hint = null, string? fix = null) =>
        new("Iommu", Name, result, detail, hint, fix);
}
