using QemuPS.Host;
using QemuPS.Tests.Devices;

namespace QemuPS.Tests.Host;

public sealed class HostChecksTests
{
    [Fact]
    public void Controllers_of_version_1_are_those_that_are_mounted()
    {
        using var host = new RecordedHost().Add("/proc/mounts", "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n");

        Assert.Equal(["cpu", "cpuacct", "memory"], Controllers(host));
    }

    [Fact]
    public void Controllers_of_version_2_are_those_handed_down_to_this_session()
    {
        using var host = new RecordedHost()
            .Add("/proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n")
            .Add("/proc/self/cgroup", "0::/user.slice/user-1000.slice\n")
            .Add("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory\n")
            .Add("/sys/fs/cgroup/user.slice/user-1000.slice/cgroup.controllers", "cpu io\n");

        Assert.Equal(["cpu", "cpuacct", "blkio"], Controllers(host));
    }

    [Fact]
    public void A_host_with_both_versions_has_what_either_has()
    {
        using var host = new RecordedHost()
            .Add("/proc/mounts", "cgroup /sys/fs/cgroup/devices cgroup rw,devices 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n")
            .Add("/proc/self/cgroup", "1:devices:/\n0::/\n")
            .Add("/sys/fs/cgroup/unified/cgroup.controllers", "memory\n");

        Assert.Equal(["memory", "devices"], Controllers(host));
    }

    [Theory]
    [InlineData("allow br0", true)]
    [InlineData("allow all", true)]
    [InlineData("allow br1", false)]
    [InlineData("allow all\ndeny br0", false)]
    [InlineData("deny all\nallow br0", false)]
    [InlineData("# allow br0", false)]
    [InlineData("include /etc/qemu/more.conf", true)]
    [InlineData("", false)]
    public void A_bridge_is_allowed_as_the_bridge_helper_decides(string rules, bool allowed)
    {
        using var host = new RecordedHost().Add("/etc/qemu/bridge.conf", rules + "\n").Add("/etc/qemu/more.conf", "allow br0\ninclude /etc/qemu/more.conf\n");

        Assert.Equal(allowed, BridgeRules.Read(host.Root).Allow("br0"));
    }

    [Theory]
    [InlineData("8388608              8388608", 8388608UL)]
    [InlineData("8388608              unlimited", ulong.MaxValue)]
    public void The_memory_lock_limit_that_counts_is_the_hard_one(string values, ulong limit)
    {
        using var host = new RecordedHost().Add("/proc/self/limits", $"Limit                     Soft Limit           Hard Limit           Units     \nMax locked memory         {values}            bytes     \n");

        Assert.Equal(limit, VfioChecks.HardLimit(host.Root));
    }

    [Theory]
    [InlineData("svm", null, CheckResult.Warning)]
    [InlineData("svm sev", null, CheckResult.Warning)]
    [InlineData("svm sev", "N", CheckResult.Warning)]
    [InlineData("svm sev", "Y", CheckResult.Pass)]
    public void Guests_are_secure_where_processor_and_kernel_say_so(string flags, string? parameter, CheckResult result)
    {
        using var host = new RecordedHost().Add("/proc/cpuinfo", $"flags : {flags}\n");
        if (parameter is not null) host.Add("/sys/module/kvm_amd/parameters/sev", parameter + "\n");

        Assert.Equal(result, GuestChecks.SecureGuests(host.Root, CpuFacts.Read(host.Root)).Result);
    }

    [Fact]
    public async Task Without_an_IOMMU_a_host_is_warned_and_not_failed()
    {
        using var host = new RecordedHost().Add("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : vmx\n");

        var checks = await HostChecks.RunAsync(host.Root, new HostPlaces("/tmp", "/tmp"), [HostCheckCategory.Iommu], NoFeedback.Instance, default);

        Assert.Contains(checks, check => check is { Name: "IOMMU groups", Result: CheckResult.Warning });
        Assert.DoesNotContain(checks, check => check.Result == CheckResult.Fail);
    }

    private static IEnumerable<string> Controllers(RecordedHost host) =>
        CgroupChecks.Run(host.Root, new CheckArea("Performance")).Where(check => check.Result == CheckResult.Pass).Select(check => check.Name["Cgroup ".Length..]);
}
