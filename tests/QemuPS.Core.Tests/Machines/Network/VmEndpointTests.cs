using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Network;

/// <summary>An end of a cable between machines is a socket's path or an address with a port.</summary>
public sealed class VmEndpointTests
{
    [Theory]
    [InlineData("/run/user/1000/lab.sock", """{"type":"unix","path":"/run/user/1000/lab.sock"}""")]
    [InlineData("127.0.0.1:5000", """{"type":"inet","host":"127.0.0.1","port":"5000"}""")]
    [InlineData("[::1]:5000", """{"type":"inet","host":"::1","port":"5000"}""")]
    [InlineData("lab.example:1", """{"type":"inet","host":"lab.example","port":"1"}""")]
    public void It_is_told_to_QEMU_as_it_was_written_and_shown_as_such(string text, string address)
    {
        var endpoint = VmEndpoint.Parse(text);

        Assert.Equal(address, endpoint.ToSocketAddress().ToJsonString());
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("lab.sock")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1: 80")]
    [InlineData(":5000")]
    public void Anything_else_is_refused_with_how_to_write_it(string text)
    {
        var error = Assert.Throws<QemuException>(() => VmEndpoint.Parse(text));

        Assert.Equal(ErrorId.InvalidOption, error.Id);
        Assert.Contains("127.0.0.1:5000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sockets_path_has_107_bytes_at_most_whatever_its_characters_are()
    {
        Assert.Equal(107, VmEndpoint.Parse('/' + new string('x', 106)).Path!.Length);
        Assert.Throws<QemuException>(() => VmEndpoint.Parse('/' + new string('x', 107)));
        Assert.Throws<QemuException>(() => VmEndpoint.Parse('/' + new string('ä', 54)));
    }

    [Theory]
    [InlineData("230.0.0.1:1234", true)]
    [InlineData("239.255.255.255:1234", true)]
    [InlineData("223.255.255.255:1234", false)]
    [InlineData("240.0.0.1:1234", false)]
    [InlineData("localhost:1234", false)]
    [InlineData("/run/230.sock", false)]
    public void A_multicast_group_is_known(string text, bool isMulticast) => Assert.Equal(isMulticast, VmEndpoint.Parse(text).IsMulticast);
}
