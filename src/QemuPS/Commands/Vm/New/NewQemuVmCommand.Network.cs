using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// The network.
public sealed partial class NewQemuVmCommand
{
    /// <summary>How the machine is connected; User without it.</summary>
    [Parameter]
    public VmNetwork? Network { get; set; }

    /// <summary>The host's bridge that the machine joins, through QEMU's helper.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Bridge { get; set; }

    /// <summary>The host's tap device, which is there already.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TapName { get; set; }

    /// <summary>This side's socket of a Stream network, which listens there, or of a Dgram network: a full path, or an address and a port.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LocalEndpoint { get; set; }

    /// <summary>The other side's socket of a Stream network, which is connected to, or of a Dgram network; a multicast group for many machines.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RemoteEndpoint { get; set; }

    /// <summary>The guest of a user-mode network reaches nothing but what is forwarded to it.</summary>
    [Parameter]
    public SwitchParameter Restricted { get; set; }

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
        var isGiven = Network is not null || Bridge is not null || TapName is not null || LocalEndpoint is not null || RemoteEndpoint is not null || Restricted || NetworkModel is not null || NetworkAddress is not null || DhcpStart is not null || PortForward is not null;
        if (ParameterSetName == FromDefinition && !isGiven) return definition;
        return new NewNetwork
        {
            Network = Network,
            Bridge = Bridge,
            TapName = TapName,
            LocalEndpoint = LocalEndpoint,
            RemoteEndpoint = RemoteEndpoint,
            Restricted = Restricted ? true : null,
            Model = NetworkModel ?? Profile?.NetworkModel,
            NetworkAddress = NetworkAddress,
            DhcpStart = DhcpStart,
            PortForwards = PortForward?.Select(VmPortForward.Parse).ToList(),
        }.ApplyTo(definition);
    }
}
