using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Remove-QemuVmNetworkAdapter</c>: takes network adapters out of machines, also while they run.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuVmNetworkAdapter", SupportsShouldProcess = true)]
[OutputType(typeof(QemuUnplugResult))]
public sealed class RemoveQemuVmNetworkAdapterCommand : VmPartCommand
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

    /// <summary>How many seconds the guest may take to let go of it; 10 without it.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int Timeout { get; set; } = 10;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id) ForItem(id, () => Remove(Named(VmName), id));
    }

    private void Remove(Machine machine, string id)
    {
        var place = Place(machine, machine.Load().NetworkAdapters.Any(adapter => adapter.Id == id));
        if (!ShouldDo($"Remove the network adapter '{id}' from {place.Text}")) return;
        WriteObject(Await((_, cancellation) => MachineAdapterRemoval.RemoveAsync(machine, id, place.Live, place.Persist, TimeSpan.FromSeconds(Timeout), cancellation)));
    }
}
