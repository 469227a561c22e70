using QemuPS.Host;
using QemuPS.Processes;
using QemuPS.Tests.Devices;

namespace QemuPS.Tests.Host;

public sealed class KvmChecksTests
{
    private const uint KvmGroup = 104;
    private static readonly CpuFacts Intel = new("x86_64", new HashSet<string> { "vmx" });

    [Fact]
    public void A_host_where_a_guest_runs_passes_everything()
    {
        using var host = Host(groups: $"{KvmGroup}");

        Assert.All(KvmChecks.Judge(Facts(host)), check => Assert.Equal(CheckResult.Pass, check.Result));
    }

    [Fact]
    public void Flags_without_a_guest_that_runs_are_no_proof_nor_is_their_lack()
    {
        using var host = Host(groups: $"{KvmGroup}");
        var facts = Facts(host) with { Cpu = new CpuFacts("x86_64", new HashSet<string>()) };

        Assert.Equal(CheckResult.Warning, Of(facts, "Hardware virtualization").Result);
        Assert.Equal(CheckResult.Fail, Of(facts with { Verdict = new KvmVerdict(false, "it does not", CanOpen: true) }, "Hardware virtualization").Result);
    }

    [Fact]
    public void A_user_who_is_not_in_the_group_is_told_the_command()
    {
        using var host = Host(groups: "1000");
        var access = Of(Facts(host) with { CanOpen = false }, "Access to /dev/kvm");

        Assert.Equal(CheckResult.Fail, access.Result);
        Assert.Contains("group kvm, mode 660", access.Detail);
        Assert.Equal($"sudo usermod -aG kvm {Name}", access.FixCommand);
    }

    [Fact]
    public void A_user_who_is_in_the_group_in_a_session_older_than_that_is_told_to_log_in_again()
    {
        using var host = Host(groups: "1000", members: Name);
        var access = Of(Facts(host) with { CanOpen = false }, "Access to /dev/kvm");

        Assert.Equal(CheckResult.Fail, access.Result);
        Assert.Contains("this session is older", access.Detail);
        Assert.Equal("newgrp kvm", access.FixCommand);
    }

    [Fact]
    public void A_node_that_root_alone_may_open_is_not_a_matter_of_groups()
    {
        using var host = Host(groups: "1000");
        var facts = Facts(host);
        var access = Of(facts with { CanOpen = false, Node = facts.Node!.Value with { GroupId = 0, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite } }, "Access to /dev/kvm");

        Assert.Contains("chmod 660", access.FixCommand);
    }

    [Fact]
    public void A_KVM_that_opens_and_runs_no_guest_fails_with_what_was_seen()
    {
        using var host = Host(groups: $"{KvmGroup}");
        var guest = Of(Facts(host) with { Verdict = new KvmVerdict(false, "KVM opens, but does not run a guest here (KVM internal error)", CanOpen: true, ApiVersion: 12) }, "Guest runs");

        Assert.Equal(CheckResult.Fail, guest.Result);
        Assert.Contains("KVM internal error", guest.Detail);
    }

    [Fact]
    public void Another_version_of_the_interface_fails()
    {
        using var host = Host(groups: $"{KvmGroup}");

        Assert.Equal(CheckResult.Fail, Of(Facts(host) with { Verdict = new KvmVerdict(false, "version 13", CanOpen: true, ApiVersion: 13) }, "KVM interface").Result);
    }

    [Theory]
    [InlineData("Y", CheckResult.Pass)]
    [InlineData("1", CheckResult.Pass)]
    [InlineData("N", CheckResult.Warning)]
    public void Nested_virtualization_is_what_the_module_says(string parameter, CheckResult result)
    {
        using var host = Host(groups: "0").Add("/sys/module/kvm_intel/parameters/nested", parameter + "\n");

        Assert.Equal(result, Of(KvmFacts.Read(host.Root, Intel), "Nested virtualization").Result);
    }

    [Fact]
    public void A_host_without_the_module_is_told_which_to_load()
    {
        using var host = new RecordedHost().Add("/proc/cpuinfo", "flags : fpu svm\n");
        var checks = KvmChecks.Run(host.Root);

        Assert.Equal("sudo modprobe kvm_amd", checks.Single(check => check.Name == "KVM module").FixCommand);
        Assert.Equal(CheckResult.Fail, checks.Single(check => check.Name == "Device /dev/kvm").Result);
    }

    private static string Name => Environment.UserName;

    private static QemuCheck Of(KvmFacts facts, string name) => KvmChecks.Judge(facts).Single(check => check.Name == name);

    private static KvmFacts Facts(RecordedHost host)
    {
        var facts = KvmFacts.Read(host.Root, Intel);
        return facts with
        {
            CanOpen = true,
            Verdict = new KvmVerdict(true, "", CanOpen: true, ApiVersion: 12),
            Node = facts.Node!.Value with { GroupId = KvmGroup, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite },
        };
    }

    private static RecordedHost Host(string groups, string members = "") => new RecordedHost()
        .Add("/dev/kvm", "")
        .Add("/sys/module/kvm_intel/parameters/nested", "Y\n")
        .Add("/etc/passwd", $"{Name}:x:{FileStatus.CurrentUserId}:1000::/home:/bin/sh\n")
        .Add("/etc/group", $"root:x:0:\nkvm:x:{KvmGroup}:{members}\n")
        .Add("/proc/self/status", $"Gid:\t1000\t1000\t1000\t1000\nGroups:\t{groups} \n");
}
