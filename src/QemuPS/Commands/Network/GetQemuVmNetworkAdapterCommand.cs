using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Network;

/// <summary><c>Get-QemuVmNetworkAdapter</c>: shows the network adapters of machines, and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmNetworkAdapter", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVmNetworkAdapter))]
public sealed class GetQemuVmNetworkAdapterCommand : VmPartsCommand
{
    /// <summary>The adapters' names in the machine; wildcards are resolved.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByObject)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(AdapterIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void Show(Machine machine)
    {
        var all = Await((feedback, cancellation) => MachineAdapterReader.ReadAsync(machine, feedback, cancellation));
        foreach (var pattern in Id) ForItem(pattern, () => WriteMatching(machine, all, pattern));
    }

    private void WriteMatching(Machine machine, IReadOnlyList<QemuVmNetworkAdapter> all, string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = all.Where(adapter => wildcard.IsMatch(adapter.Id)).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern)) throw MachineAdapterReader.NotFound(machine, pattern);
        WriteObject(found, enumerateCollection: true);
    }
}
