using QemuPS.Processes;

namespace QemuPS.Devices.Iommu;

/// <summary>Commands to paste that change the options the kernel is started with from the next boot on.</summary>
internal static class KernelOptionFix
{
    private const string Settings = "/etc/default/grub";

    /// <summary>Adds an option; null where it is not known how this host boots.</summary>
    public static string? Add(BootSetup boot, string option) => boot switch
    {
        BootSetup.Grubby => ShellQuoting.Bash(["sudo", "grubby", "--update-kernel=ALL", $"--args={option}"]),
        BootSetup.Kernelstub => ShellQuoting.Bash(["sudo", "kernelstub", "-a", option]),
        BootSetup.LoaderEntries => Entries($"/^options[[:space:]]/s/$/ {option}/"),
        BootSetup.KernelInstall or BootSetup.Proxmox => CommandLineFile($"1s/$/ {option}/", boot),
        BootSetup.Unknown => null,
        _ => Sed($"s/^GRUB_CMDLINE_LINUX_DEFAULT=[\"'\\'']/&{option} /", boot),
    };

    /// <summary>Takes an option away; null where it is not known how this host boots.</summary>
    public static string? Remove(BootSetup boot, string option) => boot switch
    {
        BootSetup.Grubby => ShellQuoting.Bash(["sudo", "grubby", "--update-kernel=ALL", $"--remove-args={option}"]),
        BootSetup.Kernelstub => ShellQuoting.Bash(["sudo", "kernelstub", "-d", option]),
        BootSetup.LoaderEntries => Entries($"/^options[[:space:]]/s/ {option}\\b//"),
        BootSetup.KernelInstall or BootSetup.Proxmox => CommandLineFile($"s/\\b{option} \\?//", boot),
        BootSetup.Unknown => null,
        _ => Sed($"/^GRUB_CMDLINE/s/\\b{option} \\?//", boot),
    };

    private static string Sed(string script, BootSetup boot) =>
        $"sudo sed -i '{script}' {Settings} && sudo {(boot == BootSetup.DebianGrub ? "update-grub" : "grub-mkconfig -o /boot/grub/grub.cfg")}";

    // bootctl knows where the entries are: /boot, /efi or /boot/efi.
    private static string Entries(string script) => $"sudo sed -i '{script}' \"$(bootctl -x)\"/loader/entries/*.conf";

    private static string CommandLineFile(string script, BootSetup boot) =>
        $"sudo sed -i '{script}' /etc/kernel/cmdline && sudo {(boot == BootSetup.Proxmox ? "proxmox-boot-tool refresh" : "kernel-install add \"$(uname -r)\" \"/boot/vmlinuz-$(uname -r)\"")}";
}
