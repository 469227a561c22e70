using System.Net;
using System.Net.Sockets;
using QemuPS.Host;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Preflight;

/// <summary>What checks make of what the host says, where a host of the tests does not say it.</summary>
public sealed class VerdictTests
{
    [Theory]
    [InlineData(true, true, VmAccelerator.Kvm, CheckResult.Pass)]
    [InlineData(true, true, VmAccelerator.Auto, CheckResult.Pass)]
    [InlineData(true, false, VmAccelerator.Auto, CheckResult.Warning)]
    [InlineData(false, false, VmAccelerator.Auto, CheckResult.Warning)]
    [InlineData(true, false, VmAccelerator.Kvm, CheckResult.Warning)]
    [InlineData(false, false, VmAccelerator.Kvm, CheckResult.Fail)]
    public void KVM_is_needed_only_by_who_asks_for_it(bool canOpen, bool works, VmAccelerator wanted, CheckResult expected)
    {
        var finding = AcceleratorPreflight.Judge(wanted, Verdict(canOpen, works));

        Assert.Equal(expected, finding.Check.Result);
        if (finding.IsFailure) Assert.Equal(ErrorId.KvmUnavailable, finding.Error);
        if (!works) Assert.Contains("the reason", finding.Check.Detail);
    }

    [Theory]
    [InlineData(SocketError.AddressAlreadyInUse, ErrorId.PortInUse)]
    [InlineData(SocketError.AccessDenied, ErrorId.AccessDenied)]
    [InlineData(SocketError.AddressNotAvailable, ErrorId.InvalidOption)]
    [InlineData(SocketError.NetworkDown, ErrorId.PortInUse)]
    public void A_port_that_cannot_be_had_is_told_by_its_reason(SocketError reason, ErrorId expected)
    {
        var finding = PortPreflight.Judge(Forward(80), "Port 80", new SocketException((int)reason));

        Assert.True(finding.IsFailure);
        Assert.Equal(expected, finding.Error);
        Assert.NotNull(finding.Check.Hint);
    }

    [Fact]
    public void A_port_is_free_until_somebody_has_it_and_TCP_and_UDP_are_apart()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        var forward = Forward(((IPEndPoint)socket.LocalEndPoint!).Port);

        Assert.Equal(ErrorId.PortInUse, PortPreflight.Examine(forward, "Port").Error);
        Assert.False(PortPreflight.Examine(forward with { Protocol = VmPortProtocol.Udp }, "Port").IsFailure);
        socket.Close();
        Assert.False(PortPreflight.Examine(forward, "Port").IsFailure);
    }

    [Fact]
    public void A_finding_that_fails_is_the_error_of_the_start_with_what_helps()
    {
        var error = PreflightFinding.Fail("Disk", "disk0", ErrorId.DiskNotFound, "It is not there.", "Name another.", "ls").ToException();

        Assert.Equal((ErrorId.DiskNotFound, "It is not there.", "ls"), (error.Id, error.Message, error.RecommendedAction));
        Assert.Equal("Name another.", PreflightFinding.Fail("Disk", "disk0", ErrorId.DiskNotFound, "It is not there.", "Name another.").ToException().RecommendedAction);
    }

    [Theory]
    [InlineData("Make room.", "Make room.", null)]
    [InlineData("df -h", null, "df -h")]
    public void What_an_error_recommends_is_a_hint_where_it_is_a_sentence_and_a_command_else(string action, string? hint, string? command)
    {
        var check = PreflightFinding.Fail("Disk", "disk0", new QemuException(ErrorId.InsufficientSpace, "Full.", action)).Check;

        Assert.Equal((hint, command), (check.Hint, check.FixCommand));
    }

    private static VmPortForward Forward(int port) => new(port, 80);

    private static KvmVerdict Verdict(bool canOpen, bool works) => new(works, "the reason", CanOpen: canOpen);
}
