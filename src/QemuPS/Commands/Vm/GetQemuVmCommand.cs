using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Get-QemuVm</c>: shows machines and what they are doing.</summary>
[Cmdlet(VerbsCommon.Get, "QemuVm", DefaultParameterSetName = "Name")]
[OutputType(typeof(QemuVm))]
public sealed class GetQemuVmCommand : QemuCommand
{
    /// <summary>The machines' names; wildcards are resolved. All machines without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [Alias("VmName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Machines to look at again.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Vm")]
    [VmTransformation]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>The machines with these ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    public Guid[] Id { get; set; } = [];

    /// <summary>Only machines in one of these states.</summary>
    [Parameter]
    public VmState[] State { get; set; } = [];

    /// <summary>Only machines with one of these tags; wildcards are resolved.</summary>
    [Parameter]
    [SupportsWildcards]
    public string[] Tag { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case "Vm":
                Show(Vm.Select(vm => new Machine(VmStore.Open(), vm.Name)).ToList());
                break;
            case "Id":
                foreach (var id in Id) ForItem(id, () => Show([MachineSelection.WithId(id)]));
                break;
            default:
                foreach (var pattern in Name) ForItem(pattern, () => Show(MachineSelection.Named(pattern)));
                break;
        }
    }

    // All are asked at the same time, so one that hangs does not delay the others.
    private void Show(IReadOnlyList<Machine> machines)
    {
        var readings = machines.Select(machine => (machine, reading: MachineReader.ReadAsync(machine, Cancellation))).ToList();
        foreach (var (machine, reading) in readings)
        {
            ForItem(machine.Name, () =>
            {
                var vm = Await((_, _) => reading);
                if (IsWanted(vm)) WriteObject(vm);
            });
        }
    }

    private bool IsWanted(QemuVm vm) =>
        (State.Length == 0 || State.Contains(vm.State)) &&
        (Tag.Length == 0 || Tag.Any(pattern => vm.Tag.Any(WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch)));
}
