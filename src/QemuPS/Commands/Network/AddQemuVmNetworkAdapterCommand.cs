using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Add-QemuVmNetworkAdapter</c>: gives network adapters to machines, also while they run.</summary>
[Cmdlet(VerbsCommon.Add, "QemuVmNetworkAdapter", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
[OutputType(typeof(QemuVmNetworkAdapter))]
public sealed class AddQemuVmNetworkAdapterCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name")]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>What the adapter is connected to. Without it what -Bridge or -TapName says, else QEMU's user-mode network.</summary>
    [Parameter]
    public VmNetwork? Network { get; set; }

    /// <summary>The host's bridge that it joins, through QEMU's helper.</summary>
    [Parameter]
    [Alias("SwitchName")]
    [ArgumentCompleter(typeof(BridgeCompleter))]
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

    /// <summary>The guest's user-mode network in CIDR form; QEMU's own, 10.0.2.0/24, without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NetworkAddress { get; set; }

    /// <summary>The first address that the user-mode network's DHCP gives out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DhcpStart { get; set; }

    /// <summary>Ports of the host that lead into the guest, through a user-mode network: '2222:22', 'udp/0:53'.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? PortForward { get; set; }

    /// <summary>QEMU's network adapter; virtio-net-pci without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NetworkModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Model { get; set; }

    /// <summary>The hardware address, with colons, dashes or neither; a new one without it.</summary>
    [Parameter]
    [Alias("StaticMacAddress")]
    [ValidateNotNullOrEmpty]
    public string? MacAddress { get; set; }

    /// <summary>The adapter's name in the machine; the next free one, as net1, without it.</summary>
    [Parameter]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>Writes what was added.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) ForItem(vm, () => AddTo(Of(vm)));
        if (VmName.Length > 0) ForItem(VmName, () => AddTo(Named(VmName)));
    }

    private void AddTo(Machine machine)
    {
        var place = Place(machine);
        var addition = new AdapterAddition
        {
            Network = new NewNetwork
            {
                Network = Network,
                Bridge = Bridge,
                TapName = TapName,
                LocalEndpoint = LocalEndpoint,
                RemoteEndpoint = RemoteEndpoint,
                Restricted = Restricted ? true : null,
                NetworkAddress = NetworkAddress,
                DhcpStart = DhcpStart,
                PortForwards = PortForward?.Select(VmPortForward.Parse).ToList(),
                Model = Model,
            },
            Id = Id,
            MacAddress = MacAddress,
            Live = place.Live,
            Persist = place.Persist,
        };
        if (!ShouldDo($"Add a network adapter{(Id is null ? "" : $" '{Id}'")} ({Words()}) to {place.Text}")) return;
        var added = Await((feedback, cancellation) => MachineAdapterAddition.AddAsync(machine, addition, feedback, cancellation));
        if (PassThru) WriteObject(added);
    }

    private string Words() => string.Join(' ', new[]
    {
        (Network ?? (Bridge is not null ? VmNetwork.Bridge : TapName is not null ? VmNetwork.Tap : VmNetwork.User)).ToString(),
        Bridge ?? TapName ?? LocalEndpoint ?? RemoteEndpoint,
    }.OfType<string>());
}
