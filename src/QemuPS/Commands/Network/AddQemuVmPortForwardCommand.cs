using System.Management.Automation;
using System.Net;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Add-QemuVmPortForward</c>: lets a port of the host lead into a machine's guest.</summary>
[Cmdlet(VerbsCommon.Add, "QemuVmPortForward", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
[OutputType(typeof(QemuVmPortForward))]
public sealed class AddQemuVmPortForwardCommand : VmPartCommand
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

    /// <summary>The guest's port.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Name")]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Vm")]
    [ValidateRange(1, 65535)]
    public int GuestPort { get; set; }

    /// <summary>The host's port; 0, as without it, lets the kernel pick a free one.</summary>
    [Parameter(Position = 2, ParameterSetName = "Name")]
    [Parameter(Position = 1, ParameterSetName = "Vm")]
    [ValidateRange(0, 65535)]
    public int HostPort { get; set; }

    /// <summary>TCP, or UDP.</summary>
    [Parameter]
    public VmPortProtocol Protocol { get; set; }

    /// <summary>The host's address to listen on; 127.0.0.1 without it, which only this host reaches. 0.0.0.0 is reached from everywhere.</summary>
    [Parameter]
    [ValidateNotNull]
    public IPAddress HostAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The network adapter it leads through; the first with a user-mode network without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Adapter { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) ForItem(vm, () => AddTo(Of(vm)));
        if (VmName.Length > 0) ForItem(VmName, () => AddTo(Named(VmName)));
    }

    private void AddTo(Machine machine)
    {
        var place = Place(machine);
        var forward = new VmPortForward(HostPort, GuestPort, Protocol, HostAddress.ToString());
        if (!ShouldDo($"Add the port forward {forward} to {place.Text}")) return;
        WriteObject(Await((_, cancellation) => MachinePortForwards.AddAsync(machine, Adapter, forward, place.Live, place.Persist, cancellation)));
    }
}
