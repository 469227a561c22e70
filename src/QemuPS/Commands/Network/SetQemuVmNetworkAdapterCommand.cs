using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Set-QemuVmNetworkAdapter</c>: pulls the cable of network adapters out or plugs it in, and captures what goes over it.</summary>
[Cmdlet(VerbsCommon.Set, "QemuVmNetworkAdapter", DefaultParameterSetName = "Link", SupportsShouldProcess = true)]
[OutputType(typeof(QemuVmNetworkAdapter))]
public sealed class SetQemuVmNetworkAdapterCommand : VmPartCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>The adapter's name in the machine, as Get-QemuVmNetworkAdapter shows it.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AdapterIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Up plugs the cable in, Down pulls it out: the guest sees no carrier.</summary>
    [Parameter(ParameterSetName = "Capture")]
    [Parameter(ParameterSetName = "StopCapture")]
    [Parameter(Mandatory = true, ParameterSetName = "Link")]
    public VmLinkState? LinkState { get; set; }

    /// <summary>The pcap file that what goes over the wire is written to, now and at each start; only you may read it. What an earlier run has captured is kept, with a number behind its name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Capture")]
    [ValidateNotNullOrEmpty]
    public string? CapturePath { get; set; }

    /// <summary>A capture file that is there already is begun anew.</summary>
    [Parameter(ParameterSetName = "Capture")]
    public SwitchParameter Force { get; set; }

    /// <summary>Nothing is captured any more; the file stays.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "StopCapture")]
    public SwitchParameter StopCapture { get; set; }

    /// <summary>Writes the adapters as they are then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Change(Named(VmName), id));
    }

    private void Change(Machine machine, string id)
    {
        var place = Place(machine, machine.Load().NetworkAdapters.Any(adapter => adapter.Id == id));
        var change = new AdapterChange
        {
            LinkState = LinkState,
            CapturePath = CapturePath is null ? null : this.FullPath(CapturePath),
            StopCapture = StopCapture,
            Force = Force,
            Live = place.Live,
            Persist = place.Persist,
        };
        if (!ShouldDo($"{Describe(change)} of the network adapter '{id}' in {place.Text}")) return;
        var changed = Await((feedback, cancellation) => MachineAdapterSettings.SetAsync(machine, id, change, feedback, cancellation));
        if (PassThru) WriteObject(changed);
    }

    private static string Describe(AdapterChange change)
    {
        string?[] words =
        [
            change.LinkState switch { VmLinkState.Down => "pull out the cable", VmLinkState.Up => "plug in the cable", _ => null },
            change.StopCapture ? "stop the capture" : change.CapturePath is { } path ? $"write a capture to '{path}'" : null,
        ];
        var all = string.Join(", ", words.OfType<string>());
        return char.ToUpperInvariant(all[0]) + all[1..];
    }
}
