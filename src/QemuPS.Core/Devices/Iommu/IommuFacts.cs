using System.Text;

namespace QemuPS.Devices.Iommu;

/// <summary>Who made the host's processor, as far as it decides about the IOMMU.</summary>
internal enum CpuVendor
{
    Other,
    Intel,
    Amd,
}

/// <summary>How the host's boot options are changed.</summary>
internal enum BootSetup
{
    Unknown,
    /// <summary>/etc/default/grub and update-grub.</summary>
    DebianGrub,
    /// <summary>/etc/default/grub and grub-mkconfig.</summary>
    Grub,
    /// <summary>Fedora and its relatives.</summary>
    Grubby,
    /// <summary>kernelstub, which Pop!_OS has.</summary>
    Kernelstub,
    /// <summary>/etc/kernel/cmdline and proxmox-boot-tool.</summary>
    Proxmox,
    /// <summary>systemd-boot with /etc/kernel/cmdline, from which kernel-install writes its entries.</summary>
    KernelInstall,
    /// <summary>systemd-boot with entries that are written by hand.</summary>
    LoaderEntries,
}

/// <summary>What the host says about its IOMMU, without a judgement.</summary>
internal sealed record IommuFacts
{
    public required CpuVendor Vendor { get; init; }

    /// <summary>The processor says that a hypervisor runs it.</summary>
    public required bool IsVirtual { get; init; }

    public required int Groups { get; init; }

    public required int Devices { get; init; }

    /// <summary>The names in /sys/class/iommu: <c>dmar0</c>, <c>ivhd0</c>, <c>smmu3.0x...</c>.</summary>
    public required IReadOnlyList<string> Units { get; init; }

    /// <summary>The ACPI tables that describe an IOMMU; null where the host has no ACPI.</summary>
    public required IReadOnlyList<string>? Tables { get; init; }

    public required KernelCommandLine Options { get; init; }

    /// <summary>Interrupts go through the IOMMU; null where that cannot be told.</summary>
    public required bool? RemapsInterrupts { get; init; }

    /// <summary>VFIO gives devices away without an IOMMU; null where vfio is not loaded or cannot.</summary>
    public required bool? AllowsNoIommu { get; init; }

    public required KernelLog Log { get; init; }

    public required BootSetup Boot { get; init; }

    public static IommuFacts Read(SysfsRoot root)
    {
        var cpu = Text(root, "/proc/cpuinfo");
        var groups = IommuGroups.Ids(root);
        return new IommuFacts
        {
            Vendor = VendorOf(cpu),
            IsVirtual = Words(cpu, "flags").Contains("hypervisor"),
            Groups = groups.Count,
            Devices = groups.Sum(id => root.List($"/sys/kernel/iommu_groups/{id}/devices").Count),
            Units = root.List("/sys/class/iommu"),
            Tables = root.Exists("/sys/firmware/acpi/tables") ? [.. root.List("/sys/firmware/acpi/tables").Where(name => name is "DMAR" or "IVRS" or "VIOT" or "IORT")] : null,
            Options = KernelCommandLine.Read(root),
            RemapsInterrupts = Remaps(Text(root, "/proc/interrupts")),
            AllowsNoIommu = root.ReadText("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") switch { "Y" or "1" => true, "N" or "0" => false, _ => null },
            Log = KernelLog.Read(root),
            Boot = BootOf(root),
        };
    }

    private static CpuVendor VendorOf(string cpu) => Words(cpu, "vendor_id").FirstOrDefault() switch
    {
        // Zhaoxin's and Centaur's processors have Intel's kind of IOMMU, Hygon's have AMD's.
        "GenuineIntel" or "CentaurHauls" or "Shanghai" => CpuVendor.Intel,
        "AuthenticAMD" or "HygonGenuine" => CpuVendor.Amd,
        _ => CpuVendor.Other,
    };

    private static string[] Words(string text, string key)
    {
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) ?? "";
        return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    // The kernel names the chips that remap "IR-IO-APIC" and "IR-PCI-MSI"; only x86 names them so.
    private static bool? Remaps(string interrupts)
    {
        if (interrupts.Contains(" IR-", StringComparison.Ordinal)) return true;
        return interrupts.Contains("IO-APIC", StringComparison.Ordinal) || interrupts.Contains("PCI-MSI", StringComparison.Ordinal) ? false : null;
    }

    private static BootSetup BootOf(SysfsRoot root)
    {
        if (root.Exists("/etc/redhat-release")) return BootSetup.Grubby;
        if (root.Exists("/etc/kernel/proxmox-boot-uuids") && root.Exists("/etc/kernel/cmdline")) return BootSetup.Proxmox;
        if (root.Exists("/usr/bin/kernelstub")) return BootSetup.Kernelstub;
        if (IsSystemdBoot(root)) return root.Exists("/etc/kernel/cmdline") ? BootSetup.KernelInstall : BootSetup.LoaderEntries;
        if (!root.Exists("/etc/default/grub")) return BootSetup.Unknown;
        return root.Exists("/etc/debian_version") ? BootSetup.DebianGrub : BootSetup.Grub;
    }

    // The boot loader that started this kernel says who it is (https://systemd.io/BOOT_LOADER_INTERFACE): UTF-16 behind four bytes of attributes.
    private static bool IsSystemdBoot(SysfsRoot root) =>
        root.ReadBytes("/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f") is { Length: > 4 } info
        && Encoding.Unicode.GetString(info.AsSpan(4)).StartsWith("systemd-boot", StringComparison.Ordinal);

    private static string Text(SysfsRoot root, string path) => root.ReadBytes(path) is { } text ? Encoding.UTF8.GetString(text) : "";
}
