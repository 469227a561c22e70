using QemuPS.Tests.Devices;
using QemuPS.Udev;

namespace QemuPS.Tests.Udev;

public sealed class MdevctlRuleTests : IDisposable
{
    private const string Path = "/usr/lib/udev/rules.d/60-mdevctl.rules";
    private readonly RecordedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Where_mdevctl_is_not_installed_it_is_said_what_to_install() =>
        Assert.EndsWith("sudo apt-get install mdevctl", MdevctlRule.FindObstacle(_host.Root));

    // Debian 12, mdevctl 1.2.0-3: the lab found that nothing was made there.
    [Fact]
    public void A_rule_that_runs_a_program_in_another_folder_is_told_with_the_link_that_helps()
    {
        AddRule("/usr/sbin/mdevctl");
        _host.Add("/usr/bin/mdevctl", "");

        Assert.EndsWith($"{Path} runs /usr/sbin/mdevctl, which is not there. sudo ln -s /usr/bin/mdevctl /usr/sbin/mdevctl", MdevctlRule.FindObstacle(_host.Root));
        _host.Link("/usr/sbin/mdevctl", "/usr/bin/mdevctl");
        Assert.Null(MdevctlRule.FindObstacle(_host.Root));
    }

    [Fact]
    public void A_rule_that_is_masked_is_none()
    {
        AddRule("/usr/bin/mdevctl");
        _host.Add("/usr/bin/mdevctl", "").Add("/etc/udev/rules.d/60-mdevctl.rules", "");

        Assert.Contains("is not installed", MdevctlRule.FindObstacle(_host.Root));
    }

    private void AddRule(string program) =>
        _host.Add(Path, $"ACTION==\"change\", ENV{{MDEV_STATE}}==\"registered\", TEST==\"/etc/mdevctl.d/$kernel\", RUN+=\"/bin/sh -c '{{ {program} start-parent-mdevs %k 2>&3 | logger -t mdevctl; }} 3>&1 1>&2 | logger -t mdevctl -p 2'\"\n");
}
