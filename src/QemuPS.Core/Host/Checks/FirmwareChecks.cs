using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>UEFI, Secure Boot and the TPM.</summary>
internal static class FirmwareChecks
{
    private const string Architecture = "x86_64";
    private const string MachineType = "pc-q35-7.2";
    private const string Package = "sudo apt-get install ovmf";
    private static readonly CheckArea Area = new("Firmware");

    public static IEnumerable<QemuCheck> Run(SysfsRoot root, IFeedback feedback)
    {
        var firmware = FirmwareDescriptors.Read(root, feedback);
        return [Descriptors(firmware), Files(firmware), Uefi(firmware), SecureBoot(firmware), Tpm()];
    }

    private static QemuCheck Descriptors(IReadOnlyList<QemuFirmware> firmware)
    {
        const string name = "Firmware descriptors";
        return firmware.Count > 0
            ? Area.Pass(name, $"{firmware.Count}: {string.Join(", ", firmware)}.")
            : Area.Warning(name, $"There are none in {string.Join(", ", FirmwareDescriptors.Folders)}: machines start with a BIOS only.", "Install a UEFI.", Package);
    }

    private static QemuCheck Files(IReadOnlyList<QemuFirmware> firmware)
    {
        const string name = "Firmware files";
        if (firmware.Count == 0) return Area.Skipped(name, "There is no descriptor.");
        var broken = firmware.Where(each => !each.IsComplete).ToList();
        return broken.Count == 0
            ? Area.Pass(name, "What the descriptors name is there.")
            : Area.Warning(name, $"{string.Join(", ", broken)} name files that are not there: they are passed over.", "Install the package again that has them.", $"dpkg -S {broken[0].DescriptorPath}");
    }

    private static QemuCheck Uefi(IReadOnlyList<QemuFirmware> firmware)
    {
        const string name = "UEFI";
        return FirmwareDescriptors.FindUefi(firmware, Architecture, MachineType, secureBoot: false) is { } found
            ? Area.Pass(name, $"{found}: {found.CodePath}, {found.VarsTemplatePath}.")
            : Area.Warning(name, "There is no pair of program and variables for a q35 machine.", "Install a UEFI.", Package);
    }

    private static QemuCheck SecureBoot(IReadOnlyList<QemuFirmware> firmware)
    {
        const string name = "Secure Boot";
        return FirmwareDescriptors.FindUefi(firmware, Architecture, MachineType, secureBoot: true) is { } found
            ? Area.Pass(name, $"{found}: {found.CodePath}, {found.VarsTemplatePath}.")
            : Area.Warning(name, "There is no UEFI with Secure Boot and enrolled keys for a q35 machine.", "Install one.", Package);
    }

    private static QemuCheck Tpm()
    {
        const string name = "TPM";
        const string package = "sudo apt-get install swtpm swtpm-tools";
        if (HelperPrograms.Find("swtpm") is not { } emulator) return Area.Warning(name, "swtpm is not installed: machines cannot have a TPM, which Windows 11 asks for.", "Install it.", package);
        return HelperPrograms.Find("swtpm_setup") is null
            ? Area.Warning(name, "swtpm_setup is not installed: a new TPM has no certificates.", "Install it.", package)
            : Area.Pass(name, $"{emulator}.");
    }
}
