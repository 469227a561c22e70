using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>A cmdlet that changes a part of one machine, in the running QEMU, in the definition, or in both.</summary>
public abstract class VmPartCommand : QemuCommand
{
    /// <summary>The running machine is changed now.</summary>
    [Parameter]
    public SwitchParameter Live { get; set; }

    /// <summary>The machine's definition is changed.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <summary>Where a change goes: without a word about it, it holds now, where the machine runs, and from now on.</summary>
    private protected (bool Live, bool Persist, string Text) Place(Machine machine)
    {
        var live = Live || (!Persist && machine.FindProcess() is not null);
        var persist = Persist || !Live;
        var text = (live, persist) switch
        {
            (true, true) => "the running machine and the definition of",
            (true, false) => "the running machine",
            _ => "the definition of",
        };
        return (live, persist, $"{text} '{machine.Name}'");
    }

    /// <summary>The same for a part that the definition may not have: then the running machine is all there is to change.</summary>
    private protected (bool Live, bool Persist, string Text) Place(Machine machine, bool isDefined) =>
        isDefined || Persist || Live || machine.FindProcess() is null ? Place(machine) : (true, false, $"the running machine '{machine.Name}'");

    private protected static Machine Named(string name) => MachineSelection.Named(WildcardPattern.Escape(name)).Single();

    private protected static Machine Of(QemuVm vm) => new(VmStore.Open(), vm.Name);
}
