using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.VmDevice;

/// <summary><c>Get-QemuVmDisk</c>: shows the disks and CD drives of machines, and how they stand.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmDisk", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVmDisk))]
public sealed class GetQemuVmDiskCommand : VmPartsCommand
{
    /// <summary>The drives' names in the machine; wildcards are resolved.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByObject)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DriveIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void Show(Machine machine)
    {
        var all = Await((_, cancellation) => MachineDriveReader.ReadAsync(machine, cancellation));
        foreach (var pattern in Id) WriteMatching(machine, all, pattern);
    }

    private void WriteMatching(Machine machine, IReadOnlyList<QemuVmDisk> all, string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = all.Where(disk => wildcard.IsMatch(disk.Id)).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern)) throw MachineDriveReader.NotFound(machine, pattern);
        WriteObject(found, enumerateCollection: true);
    }
}
