using System.Net;
using System.Net.Sockets;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class VmEndpointTests
{
    [Theory]
    [InlineData("/run/user/1000/lab.sock", "/run/user/1000/lab.sock", null, 0)]
    [InlineData("/tmp/with:colon:5000", "/tmp/with:colon:5000", null, 0)]
    [InlineData("127.0.0.1:5000", null, "127.0.0.1", 5000)]
    [InlineData("lab.example:65535", null, "lab.example", 65535)]
    [InlineData("[::1]:1", null, "::1", 1)]
    public void A_path_or_an_address_with_a_port_is_read_and_written_the_same(string text, string? path, string? host, int port)
    {
        var endpoint = VmEndpoint.Parse(text);

        Assert.Equal(new VmEndpoint(path, host, port), endpoint);
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("lab.sock")]
    [InlineData("127.0.0.1")]
    [InlineData(":5000")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:http")]
    [InlineData("127.0.0.1: 5000")]
    public void What_is_neither_is_refused_with_both_forms(string text)
    {
        var error = Assert.Throws<QemuException>(() => VmEndpoint.Parse(text));

        Assert.Equal(ErrorId.InvalidOption, error.Id);
        Assert.Contains("'127.0.0.1:5000'", error.Message);
    }

    [Fact]
    public void A_path_has_107_bytes_and_not_more()
    {
        var longest = "/" + new string('x', 106);
        Assert.Equal(longest, VmEndpoint.Parse(longest).Path);

        Assert.Contains("107 bytes", Assert.Throws<QemuException>(() => VmEndpoint.Parse(longest + "x")).Message);
        // Bytes are counted, not characters.
        Assert.Throws<QemuException>(() => VmEndpoint.Parse("/" + new string('ö', 54)));
    }

    [Theory]
    [InlineData("224.0.0.0:1", true)]
    [InlineData("239.255.255.255:1", true)]
    [InlineData("240.0.0.1:1", false)]
    [InlineData("223.255.255.255:1", false)]
    [InlineData("[ff02::1]:1", false)]
    [InlineData("lab.example:1", false)]
    [InlineData("/run/lab.sock", false)]
    public void A_group_is_told_from_a_single_address(string text, bool isGroup) => Assert.Equal(isGroup, VmEndpoint.Parse(text).IsMulticast);

    [Fact]
    public void QEMU_gets_a_socket_address()
    {
        Assert.Equal("""{"type":"unix","path":"/run/lab.sock"}""", VmEndpoint.Parse("/run/lab.sock").ToSocketAddress().ToJsonString());
        Assert.Equal("""{"type":"inet","host":"::1","port":"5000"}""", VmEndpoint.Parse("[::1]:5000").ToSocketAddress().ToJsonString());
    }

    [Fact]
    public void Who_listens_on_this_host_is_seen()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = new VmEndpoint(null, "127.0.0.1", ((IPEndPoint)socket.LocalEndPoint!).Port);

        Assert.False(endpoint.IsListening());
        socket.Listen();
        Assert.True(endpoint.IsListening());
    }
}
