using System.Management.Automation;
using System.Security;
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

    /// <summary>UEFI that starts signed programs only; <c>-SecureBoot:$false</c> for UEFI that starts any. Each keeps its own variables.</summary>
    [Parameter]
    public SwitchParameter SecureBoot { get; set; }

    /// <summary>A TPM 2.0; <c>-Tpm:$false</c> takes it away, and what it knows stays in the machine's folder.</summary>
    [Parameter]
    public SwitchParameter Tpm { get; set; }

    /// <summary>How the screen can be seen.</summary>
    [Parameter]
    public VmDisplay? Display { get; set; }

    /// <summary>The port of 127.0.0.1 for a VNC or SPICE display; a socket that is yours alone without one.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int? DisplayPort { get; set; }

    /// <summary>The password of the running machine's display, until QEMU ends: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? DisplayPassword { get; set; }

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
        if (DisplayPassword is not null) renames = [.. renames, "DisplayPassword"];
        var where = (bool)Live ? persist ? "running and defined" : "running" : "defined";
        if (!ShouldDo($"Change the {where} machine '{machine.Name}': {string.Join("; ", [.. renames, .. lines])}")) return;

        var target = Await(async (_, cancellation) =>
        {
            if (DisplayPassword is not null) await MachineDisplay.SetPasswordAsync(machine, DisplayPassword, cancellation).ConfigureAwait(false);
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
        Firmware = IsGiven(nameof(SecureBoot)) ? definition.WithUefi(VmStore.Open().FolderOf(definition.Name), SecureBoot, NoFeedback.Instance).Firmware : definition.Firmware,
        Tpm = IsGiven(nameof(Tpm)) ? Tpm : definition.Tpm,
        Display = Display ?? definition.Display,
        DisplayPort = DisplayPort ?? (Display is null ? definition.DisplayPort : null),
        Protected = IsGiven(nameof(Protected)) ? Protected : definition.Protected,
        Template = IsGiven(nameof(Template)) ? Template : definition.Template,
        QemuArgument = QemuArgument ?? definition.QemuArgument,
    };

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
