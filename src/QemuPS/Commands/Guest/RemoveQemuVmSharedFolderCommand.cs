using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Guest;

/// <summary><c>Remove-QemuVmSharedFolder</c>: shares folders with machines' guests no more.</summary>
[Cmdlet(VerbsCommon.Remove, "QemuVmSharedFolder", DefaultParameterSetName = "Name", SupportsShouldProcess = true)]
public sealed class RemoveQemuVmSharedFolderCommand : QemuCommand
{
    /// <summary>The machine's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string VmName { get; set; } = "";

    /// <summary>By what the guest knows the folders; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SharedFolderTagCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var machine in Targets())
        {
            foreach (var tag in Tag) ForItem(tag, () => Remove(machine, tag));
        }
    }

    private IEnumerable<Machine> Targets()
    {
        if (Vm.Length > 0) return Vm.Select(vm => new Machine(VmStore.Open(), vm.Name));
        IReadOnlyList<Machine> found = [];
        ForItem(VmName, () => found = MachineSelection.Named(WildcardPattern.Escape(VmName)));
        return found;
    }

    private void Remove(Machine machine, string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = machine.Load().SharedFolders.Where(share => wildcard.IsMatch(share.Tag)).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern)) throw MachineSharedFolders.NotFound(machine, pattern);
        foreach (var share in found)
        {
            if (!ShouldDo($"Share the folder '{share.Path}' ('{share.Tag}') no more with the guest of '{machine.Name}'")) continue;
            Await((_, cancellation) => MachineSharedFolders.RemoveAsync(machine, share.Tag, cancellation));
            if (machine.FindProcess() is not null) WriteWarning($"'{machine.Name}' runs, and has the folder '{share.Tag}' until it ends.");
        }
    }
}
