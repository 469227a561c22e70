using QemuPS.Devices;
using QemuPS.Devices.Iommu;

namespace QemuPS.Tests.Devices;

public sealed class IommuChecksTests
{
    private const string Intel = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n\n";
    private const string Amd = "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu svm\n\n";

    public static TheoryData<string, string, bool, CheckResult, string> CommandLines => new()
    {
        { Intel, "quiet intel_iommu=on", true, CheckResult.Pass, "intel_iommu=on" },
        { Intel, "quiet", true, CheckResult.Pass, "needs none" },
        { Intel, "quiet", false, CheckResult.Fail, "does not turn on" },
        { Intel, "iommu=pt", false, CheckResult.Fail, "does not turn on" },
        { Intel, "intel_iommu=on,igfx_off", true, CheckResult.Pass, "graphics" },
        { Intel, "intel_iommu=on intel_iommu=off", false, CheckResult.Fail, "intel_iommu=off" },
        { Intel, "intel_iommu=off intel_iommu=on", true, CheckResult.Pass, "intel_iommu=on" },
        { Intel, "amd_iommu=on", true, CheckResult.Warning, "another vendor" },
        { Amd, "quiet", true, CheckResult.Pass, "needs none" },
        { Amd, "amd_iommu=on", true, CheckResult.Warning, "means nothing" },
        { Amd, "amd_iommu=off", false, CheckResult.Fail, "amd_iommu=off" },
        { Amd, "amd_iommu=off amd_iommu=on", false, CheckResult.Fail, "amd_iommu=off" },
        { Amd, "iommu=pt", true, CheckResult.Pass, "neither" },
        { Amd, "iommu=off", false, CheckResult.Fail, "iommu=off" },
        { Amd, "quiet -- iommu=off", true, CheckResult.Pass, "needs none" },
    };

    [Theory]
    [MemberData(nameof(CommandLines))]
    public void The_command_line_is_judged_by_what_it_means_to_this_vendors_kernel_code(string cpu, string options, bool works, CheckResult expected, string said)
    {
        using var host = Host(cpu, options);
        if (works) host.Add("/sys/kernel/iommu_groups/0/type", "DMA\n").Add("/sys/class/iommu/unit0/uevent", "");

        var check = Check(host, "Kernel command line");

        Assert.Equal(expected, check.Result);
        Assert.Contains(said, check.Detail);
    }

    [Fact]
    public void An_option_that_turns_the_IOMMU_off_is_the_reason_given_and_can_be_removed_by_pasting()
    {
        using var host = Host(Intel, "quiet intel_iommu=off").Add("/etc/default/grub", "").Add("/etc/debian_version", "12\n");

        var groups = Check(host, "IOMMU groups");

        Assert.Contains("intel_iommu=off", groups.Hint);
        Assert.Contains("intel_iommu=off", groups.FixCommand);
        Assert.EndsWith("update-grub", groups.FixCommand);
    }

    [Theory]
    [InlineData("/etc/redhat-release", "sudo grubby --update-kernel=ALL --args=intel_iommu=on")]
    [InlineData("/etc/hostname", null)]
    public void The_command_to_paste_is_the_one_of_this_distribution(string file, string? expected)
    {
        using var host = Host(Intel, "quiet").Add(file, "");

        Assert.Equal(expected, Check(host, "IOMMU groups").FixCommand);
    }

    [Theory]
    [InlineData("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"intel_iommu=on quiet\"\n")]
    [InlineData("/etc/kernel/cmdline", "root=/dev/sda1 quiet\n", "root=/dev/sda1 quiet intel_iommu=on\n")]
    [InlineData("/boot/loader/entries/arch.conf", "title Arch\noptions root=/dev/sda1 quiet\n", "title Arch\noptions root=/dev/sda1 quiet intel_iommu=on\n")]
    public void What_is_pasted_changes_the_boot_loaders_file_as_it_should_and_back(string file, string before, string after)
    {
        using var host = Host(Intel, "quiet").Add(file, before);
        if (!file.Contains("grub", StringComparison.Ordinal)) AddSystemdBoot(host);
        var add = IommuFacts.Read(host.Root).Boot;

        Assert.Equal(after, Pasted(host, file, KernelOptionFix.Add(add, "intel_iommu=on")));
        Assert.Equal(before.Trim(), Pasted(host, file, KernelOptionFix.Remove(add, "intel_iommu=on")).Trim());
    }

    [Theory]
    [InlineData("/usr/bin/kernelstub", "sudo kernelstub -a intel_iommu=on")]
    [InlineData("/etc/kernel/proxmox-boot-uuids", "proxmox-boot-tool refresh")]
    [InlineData("/etc/kernel/cmdline", "kernel-install add")]
    [InlineData("/etc/default/grub", "bootctl -x")]
    public void A_host_that_was_started_by_systemd_boot_gets_no_command_for_GRUB(string file, string expected)
    {
        using var host = Host(Intel, "quiet").Add(file, "x\n");
        if (file.StartsWith("/etc/kernel/", StringComparison.Ordinal)) host.Add("/etc/kernel/cmdline", "quiet\n");
        AddSystemdBoot(host);

        Assert.Contains(expected, Check(host, "IOMMU groups").FixCommand);
    }

    [Theory]
    [InlineData(Intel, "VT-d")]
    [InlineData(Amd, "AMD-Vi")]
    [InlineData("vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n", "hypervisor")]
    [InlineData("CPU implementer\t: 0x41\n", "SMMU")]
    public void Without_a_firmware_table_the_hint_names_the_vendors_switch(string cpu, string hint)
    {
        using var host = new RecordedHost().Add("/proc/cpuinfo", cpu).Add("/sys/firmware/acpi/tables/FACP", "FACP");

        Assert.Contains(hint, Check(host, "Firmware tables").Hint);
        Assert.Contains(hint, Check(host, "IOMMU groups").Hint);
    }

    [Theory]
    [InlineData("  24:   0   IR-PCI-MSI 49152-edge  xhci_hcd\n", CheckResult.Pass)]
    [InlineData("  24:   0   PCI-MSI 49152-edge  xhci_hcd\n", CheckResult.Warning)]
    [InlineData("  24:   0   GICv3 27 Level  arch_timer\n", CheckResult.Skipped)]
    public void Interrupt_remapping_is_seen_in_the_names_of_the_interrupt_chips(string interrupts, CheckResult expected)
    {
        using var host = Host(Intel, "").Add("/sys/kernel/iommu_groups/0/type", "DMA\n").Add("/proc/interrupts", interrupts);

        Assert.Equal(expected, Check(host, "Interrupt remapping").Result);
    }

    [Fact]
    public void A_group_that_VFIO_made_up_without_an_IOMMU_does_not_count()
    {
        using var host = Host(Intel, "").Add("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n").Add("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");

        Assert.False(IommuChecks.IsEnabled(host.Root));
        Assert.Equal(CheckResult.Warning, Check(host, "VFIO no-IOMMU mode").Result);
    }

    [Fact]
    public void Messages_are_those_that_dmesg_and_grep_show()
    {
        using var host = Host(Intel, "").Add("/dev/kmsg", "6,1,61101,-;DMAR: IOMMU enabled\n SUBSYSTEM=iommu\n6,2,70000,-;usb: new device\n6,3,1446205,-,caller=T1;iommu: Default domain type: Translated\n");

        Assert.Equal("[    0.061101] DMAR: IOMMU enabled\n[    1.446205] iommu: Default domain type: Translated", Check(host, "Kernel messages").Detail);
    }

    [Fact]
    public void Messages_that_may_not_be_read_are_a_warning_with_the_command_for_root()
    {
        using var host = Host(Intel, "");
        var check = IommuChecks.Judge(IommuFacts.Read(host.Root) with { Log = new KernelLog(null, IsForbidden: true) }).Single(each => each.Name == "Kernel messages");

        Assert.Equal(CheckResult.Warning, check.Result);
        Assert.Equal("sudo dmesg | grep -i iommu", check.FixCommand);
    }

    [Fact]
    public void A_host_that_tells_nothing_is_judged_without_an_error()
    {
        using var host = new RecordedHost();

        Assert.All(IommuChecks.Run(host.Root), check => Assert.Equal("Iommu", check.Category));
    }

    private static void AddSystemdBoot(RecordedHost host) =>
        host.Add("/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", [6, 0, 0, 0, .. System.Text.Encoding.Unicode.GetBytes("systemd-boot 252\0")]);

    // The part of the command that changes the file, run by a shell on the recorded host.
    private static string Pasted(RecordedHost host, string file, string? command)
    {
        var sed = command!.Split(" && ")[0]["sudo ".Length..].Replace("\"$(bootctl -x)\"", $"{host.Root.Folder}/boot", StringComparison.Ordinal);
        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", sed.Replace(" /etc/", $" {host.Root.Folder}/etc/", StringComparison.Ordinal)]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        return File.ReadAllText(host.Root.Folder + file);
    }

    private static RecordedHost Host(string cpu, string options) =>
        new RecordedHost().Add("/proc/cpuinfo", cpu).Add("/proc/cmdline", options + "\n").Add("/sys/firmware/acpi/tables/DMAR", "DMAR");

    private static QemuCheck Check(RecordedHost host, string name) => IommuChecks.Run(host.Root).Single(check => check.Name == name);
}
