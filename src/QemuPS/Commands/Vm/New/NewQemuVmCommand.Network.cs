using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// The network.
public sealed partial class NewQemuVmCommand
{
    /// <summary>How the machine is connected; User without it, unless -Bridge or -TapName says it.</summary>
    [Parameter]
    public VmNetwork? Network { get; set; }

    /// <summary>The host's bridge, for -Network Bridge; qemu-bridge-helper must allow it (/etc/qemu/bridge.conf).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Bridge { get; set; }

    /// <summary>The host's tap device, for -Network Tap; it is there already and configured.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TapName { get; set; }

    /// <summary>Where this machine listens, for -Network Stream and Dgram: a socket's full path, or an address and a port ('127.0.0.1:5000').</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LocalEndpoint { get; set; }

    /// <summary>Where the other machine listens, for -Network Stream and Dgram; for Dgram a multicast group joins many ('230.0.0.1:1234').</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RemoteEndpoint { get; set; }

    /// <summary>QEMU's network adapter; virtio-net-pci without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NetworkModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string? NetworkModel { get; set; }

    /// <summary>The guest's network in CIDR form.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NetworkAddress { get; set; }

    /// <summary>The first address that DHCP gives out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DhcpStart { get; set; }

    /// <summary>Ports of the host that lead into the guest: <c>2222:22</c>, <c>tcp/8080:80</c>, <c>udp/0.0.0.0:53:53</c>; host port 0 picks a free one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? PortForward { get; set; }

    private VmDefinition WithNetwork(VmDefinition definition)
    {
        var isGiven = Network is not null || PortForward is not null ||
            new[] { NetworkModel, Bridge, TapName, LocalEndpoint, RemoteEndpoint, NetworkAddress, DhcpStart }.Any(text => text is not null);
        if (ParameterSetName == FromDefinition && !isGiven) return definition;
        return new NewNetwork
        {
            Network = Network,
            Model = NetworkModel ?? Profile?.NetworkModel,
            Bridge = Bridge,
            TapName = TapName,
            LocalEndpoint = LocalEndpoint,
            RemoteEndpoint = RemoteEndpoint,
            NetworkAddress = NetworkAddress,
            DhcpStart = DhcpStart,
            PortForwards = PortForward?.Select(VmPortForward.Parse).ToList(),
        }.ApplyTo(definition);
    }
}
