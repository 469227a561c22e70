using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>Whether KVM runs guests here, and why not.</summary>
public static class KvmChecks
{
    private const string Category = "Kvm";
    private const string Recorded = "A recorded host cannot be tried.";

    /// <summary>A guest really runs.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.RecordedHost"/></exception>
    public static bool IsEnabled(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root.IsThisHost
            ? KvmProbe.Examine().Works
            : throw new QemuException(ErrorId.RecordedHost, $"{SysfsRoot.Variable} names a recorded host: whether KVM runs guests can be tried on a real one only.", "Test-KvmEnabled -Detailed shows what was recorded.");
    }

    /// <summary>Every check, from the processor to a guest that runs.</summary>
    public static IReadOnlyList<QemuCheck> Run(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Judge(KvmFacts.Read(root, CpuFacts.Read(root)));
    }

    internal static IReadOnlyList<QemuCheck> Judge(KvmFacts facts) =>
        [Processor(facts), Module(facts), Node(facts), Access(facts), Api(facts), Guest(facts), Nested(facts)];

    // The flags are no proof, in neither direction: it is the guest that decides.
    private static QemuCheck Processor(KvmFacts facts)
    {
        const string name = "Hardware virtualization";
        if (!facts.Cpu.IsPc) return new(Category, name, CheckResult.Skipped, "This processor's flags do not tell.");
        if (facts.Cpu.Virtualization is { } flag) return new(Category, name, CheckResult.Pass, $"The processor says {flag}.");
        if (facts.Verdict is { Works: true }) return new(Category, name, CheckResult.Warning, "The processor says neither vmx nor svm, and guests run all the same.", "Nothing: the guest that ran is the better proof.");
        return new(Category, name, CheckResult.Fail, "The processor says neither vmx nor svm: machines run with TCG, slowly.", ProcessorHint(facts));
    }

    private static string ProcessorHint(KvmFacts facts) => facts.Cpu.IsVirtual
        ? "This host is a virtual machine: its hypervisor has to give it nested virtualization (QEMU: -cpu host; in the cloud: a type of machine that has it)."
        : "Turn on the processor's virtualization (Intel VT-x, AMD SVM) in the firmware setup.";

    private static QemuCheck Module(KvmFacts facts)
    {
        const string name = "KVM module";
        if (facts.Modules.Contains("kvm_pvm"))
        {
            return new(Category, name, CheckResult.Warning, "kvm_pvm: KVM without the processor's help, which runs guests made for it and no others.", "Run machines on a host with hardware virtualization.");
        }

        if (facts.Modules.Count > 0) return new(Category, name, CheckResult.Pass, $"{string.Join(", ", facts.Modules)}.");
        if (facts.Node is not null) return new(Category, name, CheckResult.Pass, "Part of the kernel.");
        return new(Category, name, CheckResult.Fail, "No module of KVM is loaded.", "Load it; the kernel's messages say why where that fails (\"disabled by bios\").", LoadCommand(facts.Cpu));
    }

    private static string LoadCommand(CpuFacts cpu) => cpu.Virtualization switch
    {
        "vmx" => "sudo modprobe kvm_intel",
        "svm" => "sudo modprobe kvm_amd",
        _ => "sudo modprobe -a kvm_intel kvm_amd",
    };

    private static QemuCheck Node(KvmFacts facts)
    {
        const string name = "Device /dev/kvm";
        return facts.Node is null
            ? new(Category, name, CheckResult.Fail, "It is not there.", "Load KVM's module. A container sees the device when it is started with --device /dev/kvm.", LoadCommand(facts.Cpu))
            : new(Category, name, CheckResult.Pass, "It is there.");
    }

    private static QemuCheck Access(KvmFacts facts)
    {
        const string name = "Access to /dev/kvm";
        if (facts.Node is not { } node) return new(Category, name, CheckResult.Skipped, "There is nothing to open.");
        var owner = $"It belongs to group {facts.Account.GroupName(node.GroupId)}, mode {Convert.ToString((int)node.Mode, 8)}";
        if (facts.CanOpen) return new(Category, name, CheckResult.Pass, $"You may open it. {owner}.");

        var group = facts.Account.GroupName(node.GroupId);
        var groupMay = (node.Mode & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite)) == (UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        if (!groupMay || node.GroupId == 0)
        {
            return new(
                Category, name, CheckResult.Fail, $"You may not open it. {owner}.", "Give it to the group kvm, and for good: udev's own rules do so where systemd or qemu-system-common is installed.",
                "sudo chown root:kvm /dev/kvm && sudo chmod 660 /dev/kvm");
        }

        if (facts.Account.IsListedIn(node.GroupId) && !facts.Account.EffectiveGroups.Contains(node.GroupId))
        {
            return new(Category, name, CheckResult.Fail, $"You may not open it. You are in group {group}, but this session is older than that.", "Log out and in again, or work in a new shell of that group.", $"newgrp {group}");
        }

        return new(
            Category, name, CheckResult.Fail, $"You may not open it. {owner}, and you are not in that group.", "Add yourself to the group, then log out and in again.",
            ShellQuoting.Bash(["sudo", "usermod", "-aG", group, facts.Account.Name]));
    }

    private static QemuCheck Api(KvmFacts facts)
    {
        const string name = "KVM interface";
        return facts.Verdict switch
        {
            null => new(Category, name, CheckResult.Skipped, Recorded),
            { ApiVersion: KvmProbe.StableApi } => new(Category, name, CheckResult.Pass, $"Version {KvmProbe.StableApi}."),
            { ApiVersion: { } version } => new(Category, name, CheckResult.Fail, $"Version {version}, and every QEMU needs {KvmProbe.StableApi}.", "Use another kernel."),
            _ => new(Category, name, CheckResult.Skipped, "/dev/kvm was not opened."),
        };
    }

    private static QemuCheck Guest(KvmFacts facts)
    {
        const string name = "Guest runs";
        return facts.Verdict switch
        {
            null => new(Category, name, CheckResult.Skipped, Recorded),
            { Works: true } => new(Category, name, CheckResult.Pass, "A small guest ran in a virtual processor."),
            { CanOpen: false } => new(Category, name, CheckResult.Skipped, "/dev/kvm was not opened."),
            var broken => new(
                Category, name, CheckResult.Fail, $"{char.ToUpperInvariant(broken.Reason[0])}{broken.Reason[1..]}.",
                facts.Cpu.IsVirtual ? "This host is a virtual machine whose KVM cannot do what a real one does: machines run with TCG here, slowly." : "The kernel's messages may say more.",
                facts.Cpu.IsVirtual ? null : "sudo dmesg | grep -i kvm"),
        };
    }

    private static QemuCheck Nested(KvmFacts facts)
    {
        const string name = "Nested virtualization";
        return facts.IsNested switch
        {
            true => new(Category, name, CheckResult.Pass, "Guests can use KVM themselves."),
            null => new(Category, name, CheckResult.Skipped, "The module does not say."),
            _ => new(
                Category, name, CheckResult.Warning, "Guests cannot use KVM themselves.", "Turn it on where guests shall run machines; no machine may run meanwhile.",
                string.Join(" && ", facts.Modules.Where(module => module is "kvm_intel" or "kvm_amd").Take(1).SelectMany(module => new[]
                {
                    $"echo 'options {module} nested=1' | sudo tee /etc/modprobe.d/kvm-nested.conf", $"sudo modprobe -r {module}", $"sudo modprobe {module}",
                }))),
        };
    }
}
