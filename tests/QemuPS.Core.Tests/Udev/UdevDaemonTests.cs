using System.Net.Sockets;
using QemuPS.Tests.Devices;
using QemuPS.Udev;

namespace QemuPS.Tests.Udev;

/// <summary>Whether udevd runs is told by who listens, not by a file that it leaves behind.</summary>
public sealed class UdevDaemonTests : IDisposable
{
    private readonly RecordedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_host_without_its_socket_has_none() => Assert.False(UdevDaemon.IsRunning(_host.Root));

    [Fact]
    public void A_socket_that_is_listened_at_is_one_that_runs_and_the_file_alone_is_not()
    {
        var path = _host.Root.Folder + UdevDaemon.Control;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var daemon = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        using (daemon)
        {
            daemon.Bind(new UnixDomainSocketEndPoint(path));
            daemon.Listen();
            Assert.True(UdevDaemon.IsRunning(_host.Root));
        }

        // .NET removes the file of a socket it has bound; udevd's stays.
        using var ended = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        ended.Bind(new UnixDomainSocketEndPoint(path));
        Assert.True(File.Exists(path));
        Assert.False(UdevDaemon.IsRunning(_host.Root));
    }
}
