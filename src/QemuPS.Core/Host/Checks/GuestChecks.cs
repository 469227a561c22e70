using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>What guests can have.</summary>
internal static class GuestChecks
{
    private static readonly CheckArea Area = new("Guest");

    public static IEnumerable<QemuCheck> Run(SysfsRoot root) => [SharedFolders(), SecureGuests(root, CpuFacts.Read(root))];

    private static QemuCheck SharedFolders()
    {
        const string name = "Shared folders";
        return HelperPrograms.Find("virtiofsd") is { } path
            ? Area.Pass(name, $"{path}; 9p is part of QEMU.")
            : Area.Warning(name, "virtiofsd is not installed: folders are shared by 9p, slower.", "Install it.", "sudo apt-get install virtiofsd");
    }

    // The verdicts of virt-host-validate (tools/virt-host-validate-common.c of libvirt).
    internal static QemuCheck SecureGuests(SysfsRoot root, CpuFacts cpu)
    {
        const string name = "Secure guests";
        if (!cpu.Flags.Contains("sev")) return Area.Warning(name, "Nothing here says that this processor can encrypt a guest's memory (AMD SEV).", "Nothing: ordinary machines do not need it.");
        return root.ReadText("/sys/module/kvm_amd/parameters/sev") switch
        {
            null => Area.Warning(name, "The processor has AMD SEV, and this kernel does not know it.", "Use a newer kernel."),
            "1" or "Y" or "y" => Area.Pass(name, "AMD SEV is on."),
            _ => Area.Warning(name, "The processor has AMD SEV, and it is off.", "Turn it on for the next boot.", "echo 'options kvm_amd sev=1' | sudo tee /etc/modprobe.d/kvm-sev.conf"),
        };
    }
}
