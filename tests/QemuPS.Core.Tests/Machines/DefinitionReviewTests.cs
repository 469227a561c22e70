using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class DefinitionReviewTests
{
    private static readonly VmDefinition Harmless = new() { Name = "strange", Id = Guid.NewGuid(), MemoryStartupBytes = 64 << 20, CreationTime = DateTimeOffset.UnixEpoch };

    [Fact]
    public void A_machine_that_keeps_to_itself_has_nothing_to_be_told_of() => Assert.Empty(Find(Harmless));

    [Fact]
    public void Devices_of_the_host_are_told_of_PCI_and_mediated_ones_too()
    {
        var uuid = Guid.NewGuid();
        var found = Find(Harmless with { PciDevices = [new() { Id = "gpu", Address = "0000:01:00.0", Name = "GeForce" }, new() { Id = "vgpu", Uuid = uuid }] });

        Assert.Equal(2, found.Count);
        Assert.Contains("PCI device of this host", found[0], StringComparison.Ordinal);
        Assert.Contains("0000:01:00.0 GeForce", found[0], StringComparison.Ordinal);
        Assert.Contains($"{uuid}", found[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VmDisplay.Vnc, 5905, "127.0.0.1:5905")]
    [InlineData(VmDisplay.Vnc, 0, "127.0.0.1")]
    [InlineData(VmDisplay.Spice, 5930, "127.0.0.1:5930")]
    public void A_display_at_a_port_is_told_of(VmDisplay display, int port, string place) =>
        Assert.Contains(place, Assert.Single(Find(Harmless with { Display = display, DisplayPort = port })), StringComparison.Ordinal);

    [Fact]
    public void A_display_on_a_socket_is_its_users_alone() => Assert.Empty(Find(Harmless with { Display = VmDisplay.Vnc }));

    [Fact]
    public void A_sandbox_that_is_turned_off_is_told_of() => Assert.Contains("sandbox", Assert.Single(Find(Harmless with { Sandbox = false })), StringComparison.Ordinal);

    [Theory]
    [InlineData("-vnc", ":0")]
    [InlineData("-vnc", "0.0.0.0:1,password=on")]
    [InlineData("-display", "vnc=:3")]
    [InlineData("-spice", "port=5930,disable-ticketing=on")]
    [InlineData("-spice", "addr=0.0.0.0,port=5930")]
    [InlineData("-s", null)]
    [InlineData("-gdb", "tcp::1234")]
    [InlineData("-qmp", "tcp:0.0.0.0:4444,server,nowait")]
    [InlineData("-serial", "telnet::4445,server")]
    [InlineData("-monitor", "tcp:192.168.1.5:5555")]
    [InlineData("-chardev", "socket,id=c,host=0.0.0.0,port=5555,server=on")]
    [InlineData("-netdev", "socket,id=n,listen=:1234")]
    public void Arguments_that_speak_with_other_hosts_are_told_of_as_such_option_and_value_together(string option, string? value)
    {
        var found = Assert.Single(Find(Harmless with { QemuArgument = value is null ? [option] : [option, value] }));

        Assert.Contains("other hosts", found, StringComparison.Ordinal);
        Assert.EndsWith(value is null ? $": {option}" : $": {option} {value}", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-vnc", "unix:/run/user/1000/x.sock")]
    [InlineData("-vnc", "127.0.0.1:1")]
    [InlineData("-vnc", "none")]
    [InlineData("-spice", "addr=127.0.0.1,port=5930")]
    [InlineData("-spice", "unix=on,addr=/tmp/x")]
    [InlineData("-gdb", "tcp:127.0.0.1:1234")]
    [InlineData("-serial", "mon:stdio")]
    [InlineData("-chardev", "socket,id=c,host=localhost,port=5555,server=on")]
    [InlineData("-snapshot", null)]
    public void Other_arguments_are_told_of_all_the_same(string option, string? value)
    {
        var found = Assert.Single(Find(Harmless with { QemuArgument = value is null ? [option] : [option, value] }));

        Assert.StartsWith("QEMU is told: ", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_that_may_start_a_program_are_the_first_to_be_seen_in_their_words()
    {
        var found = Find(Harmless with { QemuArgument = ["-daemonize", "-netdev", "tap,id=t,script=/tmp/run.sh"] });

        Assert.Equal(2, found.Count);
        Assert.Equal("QEMU is told what may start a program: -netdev tap,id=t,script=/tmp/run.sh", found[1]);
    }

    private static IReadOnlyList<string> Find(VmDefinition definition) => DefinitionReview.Find(definition, "/home/x/vms/strange");
}
