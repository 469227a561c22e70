using QemuPS.Devices;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Preflight;

public sealed class ArgumentPreflightTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_definition_without_arguments_of_its_own_has_nothing_to_look_at() => Assert.Empty(Examine());

    [Fact]
    public void Harmless_arguments_pass() => Assert.Equal(CheckResult.Pass, Assert.Single(Examine("-device", "usb-tablet")).Check.Result);

    [Theory]
    [InlineData("-pidfile", "/tmp/pid")]
    [InlineData("-D", "/tmp/log")]
    [InlineData("-serial", "stdio")]
    [InlineData("-serial", "mon:stdio")]
    [InlineData("-chardev", "stdio,id=c")]
    [InlineData("-display", "curses")]
    [InlineData("-machine", "accel=kvm")]
    public void What_takes_the_machine_away_or_needs_a_terminal_is_refused(string option, string value)
    {
        var finding = Assert.Single(Examine(option, value));

        Assert.True(finding.IsFailure);
        Assert.Equal((ErrorId.InvalidOption, option), (finding.Error, finding.Check.Name));
    }

    [Theory]
    [InlineData("-m", "1G", "memoryStartupBytes")]
    [InlineData("-smp", "4", "processorCount")]
    [InlineData("-append", "quiet", "kernelCommandLine")]
    public void What_has_a_property_is_a_warning_that_names_it(string option, string value, string property)
    {
        var finding = Assert.Single(Examine(option, value));

        Assert.Equal(CheckResult.Warning, finding.Check.Result);
        Assert.Contains(property, finding.Check.Hint);
    }

    [Fact]
    public void An_id_that_the_definition_has_given_already_is_found()
    {
        var finding = Assert.Single(Examine("-device", "virtio-rng-pci,id=serial0-port"));

        Assert.Equal(ErrorId.InvalidOption, finding.Error);
        Assert.Contains("'serial0-port'", finding.Check.Detail);
    }

    [Fact]
    public void Things_of_different_kinds_may_have_the_same_id() =>
        Assert.DoesNotContain(Examine("-device", "virtio-rng-pci,id=both", "-object", "rng-builtin,id=both"), finding => finding.IsFailure);

    private List<PreflightFinding> Examine(params string[] arguments)
    {
        var definition = new VmDefinition { Name = "dev", QemuArgument = arguments };
        return [.. ArgumentPreflight.Examine(new PreflightSubject(new Machine(new VmStore(_folder), "dev"), definition, new SysfsRoot(), null))];
    }
}
