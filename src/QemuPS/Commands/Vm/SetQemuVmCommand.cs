using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Set-QemuVm</c>: changes machines.</summary>
[Cmdlet(VerbsCommon.Set, "QemuVm", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class SetQemuVmCommand : VmTargetCommand
{
    /// <summary>Another name. The machine has to be off.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>The guest's memory, in bytes or as text with a unit.</summary>
    [Parameter]
    [SizeTransformation]
    [Alias("Memory")]
    public ulong? MemoryStartupBytes { get; set; }

    /// <summary>Virtual processors.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public int? ProcessorCount { get; set; }

    /// <summary>QEMU's CPU model with its features; an empty text for the machine type's own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CpuModelCompleter))]
    [AllowEmptyString]
    public string? CpuModel { get; set; }

    /// <summary>What the firmware tries, in this order.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public VmBootDevice[]? BootOrder { get; set; }

    /// <summary>Anything worth remembering; an empty text for nothing.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Notes { get; set; }

    /// <summary>Words to find the machine by, in place of those it has.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Tag { get; set; }

    /// <summary>Remove-QemuVm refuses the machine; <c>-Protected:$false</c> takes it back.</summary>
    [Parameter]
    public SwitchParameter Protected { get; set; }

    /// <summary>The machine is a model for copies and is not started; <c>-Template:$false</c> takes it back.</summary>
    [Parameter]
    public SwitchParameter Template { get; set; }

    /// <summary>Arguments for QEMU that no parameter stands for, in place of those it has.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? QemuArgument { get; set; }

    /// <summary>Changes the running machine now; its definition stays as it is, unless -Persist is given as well.</summary>
    [Parameter]
    public SwitchParameter Live { get; set; }

    /// <summary>Changes the definition, for the next start; the same as without -Live.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <summary>Writes the machines.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var before = machine.Load();
        var persist = Persist || !Live;
        var lines = DefinitionChanges.All(before, Change(before));
        var renames = NewName is not null && NewName != machine.Name ? [$"Name: {machine.Name} -> {NewName}"] : Array.Empty<string>();
        var where = (bool)Live ? persist ? "running and defined" : "running" : "defined";
        if (!ShouldDo($"Change the {where} machine '{machine.Name}': {string.Join("; ", [.. renames, .. lines])}")) return;

        var target = Await(async (_, cancellation) =>
        {
            if (lines.Count > 0) await MachineChange.ApplyAsync(machine, Change, Live, persist, cancellation).ConfigureAwait(false);
            return NewName is null ? machine : await MachineChange.RenameAsync(machine, NewName, cancellation).ConfigureAwait(false);
        });
        if (PassThru) WriteVm(target);
    }

    private VmDefinition Change(VmDefinition definition) => definition with
    {
        MemoryStartupBytes = MemoryStartupBytes ?? definition.MemoryStartupBytes,
        ProcessorCount = ProcessorCount ?? definition.ProcessorCount,
        CpuModel = CpuModel is null ? definition.CpuModel : CpuModel.Length == 0 ? null : CpuModel,
        BootOrder = BootOrder ?? definition.BootOrder,
        Notes = Notes is null ? definition.Notes : Notes.Length == 0 ? null : Notes,
        Tag = Tag ?? definition.Tag,
        Protected = IsGiven(nameof(Protected)) ? Protected : definition.Protected,
        Template = IsGiven(nameof(Template)) ? Template : definition.Template,
        QemuArgument = QemuArgument ?? definition.QemuArgument,
    };

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
