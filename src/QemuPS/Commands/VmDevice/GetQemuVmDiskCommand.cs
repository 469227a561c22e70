using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.VmDevice;

/// <summary><c>Get-QemuVmDisk</c>: shows the disks and CD drives of machines, and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmDisk", DefaultParameterSetName = "Name")]
[OutputType(typeof(QemuVmDisk))]
public sealed class GetQemuVmDiskCommand : QemuCommand
{
    /// <summary>The machines' names; wildcards are resolved.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] VmName { get; set; } = ["*"];

    /// <summary>The machines: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Vm", ValueFromPipeline = true)]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The drives' names in the machine; wildcards are resolved.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [Parameter(ParameterSetName = "Vm")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DriveIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var vm in Vm) Write(new Machine(VmStore.Open(), vm.Name));
        if (Vm.Length > 0) return;
        foreach (var name in VmName) ForItem(name, () => MachineSelection.Named(name).ToList().ForEach(Write));
    }

    private void Write(Machine machine) => ForItem(machine.Name, () =>
    {
        var all = Await((_, cancellation) => MachineDriveReader.ReadAsync(machine, cancellation));
        foreach (var pattern in Id) WriteMatching(machine, all, pattern);
    });

    private void WriteMatching(Machine machine, IReadOnlyList<QemuVmDisk> all, string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = all.Where(disk => wildcard.IsMatch(disk.Id)).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern)) throw MachineDriveReader.NotFound(machine, pattern);
        WriteObject(found, enumerateCollection: true);
    }
}
