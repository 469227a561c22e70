using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.VmDevice;

/// <summary><c>Get-QemuVmDevice</c>: shows the devices of running machines, those of QEMU's own included.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVmDevice", DefaultParameterSetName = ByName)]
[OutputType(typeof(QemuVmDevice))]
public sealed class GetQemuVmDeviceCommand : VmPartsCommand
{
    /// <summary>The devices' ids, or the names that their parts have in the definition; wildcards are resolved. Without it, devices without an id are shown as well.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByName)]
    [Parameter(ParameterSetName = ByObject)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmDeviceIdCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Shows what the devices are plugged into above them, as a tree.</summary>
    [Parameter]
    public SwitchParameter Tree { get; set; }

    // Who names a machine wants to hear that it is off; who names all of them wants those that have devices.
    private protected override IEnumerable<Machine> MachinesOf(string name) =>
        base.MachinesOf(name).Where(machine => !WildcardPattern.ContainsWildcardCharacters(name) || machine.FindProcess() is not null);

    /// <inheritdoc/>
    protected override void Show(Machine machine)
    {
        var all = Await((_, cancellation) => MachineDeviceReader.ReadAsync(machine, cancellation));
        var wanted = Id is null ? all : [.. Id.SelectMany(pattern => Matching(machine, all, pattern)).Distinct()];
        if (!Tree) WriteObject(wanted, enumerateCollection: true);
        else foreach (var device in MachineDeviceReader.WithParents(wanted, all)) WriteObject(ToOutput(device));
    }

    private static List<QemuVmDevice> Matching(Machine machine, IReadOnlyList<QemuVmDevice> all, string pattern)
    {
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = all.Where(device => IsLike(device.Id) || IsLike(device.PartId)).ToList();
        return found.Count > 0 || WildcardPattern.ContainsWildcardCharacters(pattern) ? found : throw MachineDeviceReader.NotFound(machine, pattern);

        bool IsLike(string? name) => name is not null && wildcard.IsMatch(name);
    }

    // The type name chooses the view; the object is the same.
    private static PSObject ToOutput(QemuVmDevice device)
    {
        var output = new PSObject(device);
        output.TypeNames.Insert(0, "QemuPS.QemuVmDevice#Tree");
        return output;
    }
}
